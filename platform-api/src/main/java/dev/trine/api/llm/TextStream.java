/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** The events of an answer whose texts come from an iterator. */
final class TextStream implements GenerationStream {

  private final int promptTokens;
  private final Iterator<String> texts;
  private final int maxTokens;
  private final long startNanos = System.nanoTime();
  private int tokens;
  private boolean finished;
  private volatile boolean cancelled;

  TextStream(int promptTokens, Iterator<String> texts, int maxTokens) {
    this.promptTokens = promptTokens;
    this.texts = texts;
    this.maxTokens = maxTokens;
  }

  @Override
  public boolean hasNext() {
    return !finished;
  }

  @Override
  public GenerationEvent next() {
    if (finished) {
      throw new NoSuchElementException("the generation has finished");
    }
    while (!cancelled && texts.hasNext()) {
      if (tokens == maxTokens) {
        return finished(FinishReason.LENGTH);
      }
      var text = texts.next();
      tokens++;
      if (!text.isEmpty()) {
        return new GenerationEvent.TextDelta(text);
      }
    }
    return finished(cancelled ? FinishReason.CANCELLED : FinishReason.STOP);
  }

  private GenerationEvent.Finished finished(FinishReason reason) {
    finished = true;
    return new GenerationEvent.Finished(reason,
        new Usage(promptTokens, 0, tokens, 0, System.nanoTime() - startNanos));
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public void close() {
    cancel();
  }
}
