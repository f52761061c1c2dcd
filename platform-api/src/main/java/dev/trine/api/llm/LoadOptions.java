/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * How a model is loaded.
 *
 * @param contextLength     largest number of tokens in one context, or 0 for the model's own
 * @param queueCapacity     how many requests may wait while others run; at least 0
 * @param parallelSequences how many requests run at one time, or 0 for the plugin's own number
 */
public record LoadOptions(int contextLength, int queueCapacity, int parallelSequences) {

  /** The queue capacity when nothing else is said. */
  public static final int DEFAULT_QUEUE_CAPACITY = 64;

  /** @throws IllegalArgumentException when a number is negative */
  public LoadOptions {
    requireNotNegative("contextLength", contextLength);
    requireNotNegative("queueCapacity", queueCapacity);
    requireNotNegative("parallelSequences", parallelSequences);
  }

  /** As many requests at one time as the plugin pleases. */
  public LoadOptions(int contextLength, int queueCapacity) {
    this(contextLength, queueCapacity, 0);
  }

  private static void requireNotNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must be >= 0, got " + value);
    }
  }

  /** The model's own context length, {@link #DEFAULT_QUEUE_CAPACITY} waiting requests. */
  public static LoadOptions defaults() {
    return new LoadOptions(0, DEFAULT_QUEUE_CAPACITY);
  }

  /** These options with another {@link #parallelSequences}. */
  public LoadOptions withParallelSequences(int sequences) {
    return new LoadOptions(contextLength, queueCapacity, sequences);
  }
}
