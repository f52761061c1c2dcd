/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.Iterator;

/**
 * The events of one generation, pulled by one thread. The last event is a {@link GenerationEvent.Finished}, also when the
 * generation was cancelled. {@code next} waits for the next event and throws a {@link dev.trine.api.PlatformException} when the
 * generation failed.
 */
public interface GenerationStream extends Iterator<GenerationEvent>, AutoCloseable {

  /**
   * The events of a model that needs no engine: texts are asked for one at a time, as the caller pulls them. The stream ends
   * with {@code STOP} when there are no more, with {@code LENGTH} when there are more than {@code maxTokens}, and with
   * {@code CANCELLED} once it is cancelled.
   *
   * @param promptTokens number of tokens of the prompt
   * @param texts        the answer, each text counted as a token; an empty one counts and makes no event. What the iterator
   *                     throws is thrown to the caller
   * @param maxTokens    largest number of texts to take; -1 for all
   */
  static GenerationStream of(int promptTokens, Iterator<String> texts, int maxTokens) {
    return new TextStream(promptTokens, texts, maxTokens);
  }

  /** Stops the generation within one step of the engine; callable from any thread, more than once. */
  void cancel();

  /** Cancels if the generation still runs, and releases its session. */
  @Override
  void close();
}
