/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** A model whose tokens are the bytes of its texts, and which answers as a test says. */
final class ScriptedModel implements LanguageModel {

  /** Every request, in order. */
  final List<GenerationRequest> requests = new ArrayList<>();

  private final Function<GenerationRequest, GenerationEvent.Finished> end;
  private final Function<GenerationRequest, String> text;

  /**
   * @param text  what is said
   * @param end  how the answer ends
   */
  ScriptedModel(Function<GenerationRequest, String> text, Function<GenerationRequest, GenerationEvent.Finished> end) {
    this.text = text;
    this.end = end;
  }

  /** The end of an answer that wrote as many tokens as it could, at so many a second after the first. */
  static GenerationEvent.Finished finished(GenerationRequest request, double tokensPerSecond, int drafts,
      int accepted) {
    long nanos = Math.round((request.maxTokens() - 1) / tokensPerSecond * 1e9);
    return new GenerationEvent.Finished(FinishReason.LENGTH,
        new Usage(1, 0, request.maxTokens(), 1_000_000, nanos, drafts, accepted));
  }

  @Override
  public ModelDescription description() {
    return new ModelDescription("scripted", "none", 1000, 2000, 4096, 64, 256, true);
  }

  @Override
  public GenerationStream generate(GenerationRequest request) {
    requests.add(request);
    Iterator<GenerationEvent> events = List
        .<GenerationEvent>of(new GenerationEvent.TextDelta(text.apply(request)), end.apply(request)).iterator();
    return new GenerationStream() {
      @Override
      public boolean hasNext() {
        return events.hasNext();
      }

      @Override
      public GenerationEvent next() {
        return events.next();
      }

      @Override
      public void cancel() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public List<Integer> tokenize(Prompt prompt) {
    if (prompt instanceof Prompt.Text(String said)) {
      var ids = new ArrayList<Integer>();
      // What comes before every text.
      ids.add(255);
      for (byte b : said.getBytes(StandardCharsets.ISO_8859_1)) {
        ids.add(b & 0xff);
      }
      return ids;
    }
    throw new IllegalArgumentException("only texts");
  }

  @Override
  public void close() {}
}
