/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.Usage;
import dev.trine.app.http.generation.Generation;
import io.micronaut.json.JsonMapper;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The chunks of streamed completions, one prompt after the other. */
final class CompletionFrames extends JsonFrames {

  private final CompletionIdentity identity;
  private final boolean includeUsage;
  private final boolean echo;
  private final List<Prompt> prompts;
  private final Function<Prompt, Generation> start;
  private volatile Generation current;
  private int index;
  private Usage total = new Usage(0, 0, 0, 0, 0);

  /** @param first the running generation of the first prompt; {@code start} is asked for the others */
  CompletionFrames(JsonMapper json, CompletionIdentity identity, boolean includeUsage, boolean echo,
      List<Prompt> prompts, Generation first, Function<Prompt, Generation> start) {
    super(json);
    this.identity = identity;
    this.includeUsage = includeUsage;
    this.echo = echo;
    this.prompts = prompts;
    this.current = first;
    this.start = start;
    addEcho();
  }

  @Override
  void advance() {
    switch (current.next()) {
      case GenerationEvent.PromptProgress progress -> {
        // Silence is filled by the stream's own comments.
      }
      case GenerationEvent.TextDelta delta -> addText(delta.text());
      case GenerationEvent.Finished finished -> finish(finished);
    }
  }

  private void finish(GenerationEvent.Finished finished) {
    total = total.plus(finished.usage());
    boolean last = index == prompts.size() - 1;
    Timings timings = Timings.of(total);
    addChunk("", FinishReasons.name(finished.reason()), last && !includeUsage ? timings : null);
    if (!last) {
      current.close();
      index++;
      current = start.apply(prompts.get(index));
      addEcho();
      return;
    }
    if (includeUsage) {
      add(TextCompletion.of(identity, List.of(), CompletionUsage.of(total), timings));
    }
    end();
  }

  private void addEcho() {
    if (echo && prompts.get(index) instanceof Prompt.Text text && !text.text().isEmpty()) {
      addText(text.text());
    }
  }

  private void addText(String text) {
    addChunk(text, null, null);
  }

  private void addChunk(String text, @Nullable String finishReason, @Nullable Timings timings) {
    add(TextCompletion.of(identity, List.of(new TextCompletion.Choice(text, index, null, finishReason)), null,
        timings));
  }

  @Override
  public void cancel() {
    current.cancel();
  }

  @Override
  public void close() {
    current.close();
  }
}
