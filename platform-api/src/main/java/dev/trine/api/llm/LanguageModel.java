/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.List;

/** A loaded language model. Safe for use by several threads at once. */
public interface LanguageModel extends AutoCloseable {

  /** Facts about the model, with the context length that it was loaded with. */
  ModelDescription description();

  /** How much memory generating a token reads, so that its speed can be compared with that of the memory. */
  default MemoryTraffic memoryTraffic() {
    return MemoryTraffic.UNKNOWN;
  }

  /** The sampling that the model's authors recommend; what they do not name is left unset. */
  default SamplingOptions recommendedSampling() {
    return SamplingOptions.unset();
  }

  /**
   * Admits a request. The prompt is rendered, tokenized and checked before this returns, so that every error of the request
   * itself is thrown here; generation runs afterwards, and the caller pulls its events.
   *
   * @return the events; the caller closes it, which stops the generation if it still runs
   * @throws dev.trine.api.PlatformException {@code CONTEXT_LENGTH_EXCEEDED}, {@code INVALID_VALUE}, {@code SERVER_BUSY} when
   *                                         the queue is full, {@code MODEL_UNAVAILABLE} when the model is being closed
   */
  GenerationStream generate(GenerationRequest request);

  /**
   * The token ids of a prompt, exactly as {@link #generate} would evaluate them.
   *
   * @throws dev.trine.api.PlatformException {@code INVALID_VALUE}, {@code NOT_SUPPORTED}
   */
  List<Integer> tokenize(Prompt prompt);

  /**
   * Gets ready for the first request, where that saves it time, such as by having the JVM compile what it will need. Returns when
   * that is done or a request has come in between; at most after a few seconds. Does nothing by default.
   */
  default void warmUp() {}

  /** Stops what runs, refuses what waits, and releases the weights. */
  @Override
  void close();
}
