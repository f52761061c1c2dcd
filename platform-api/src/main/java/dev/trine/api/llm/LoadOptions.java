/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * How a model is loaded.
 *
 * @param contextLength largest number of tokens in one context, or 0 for the model's own
 * @param queueCapacity how many requests may wait while others run; at least 0
 */
public record LoadOptions(int contextLength, int queueCapacity) {

  /** The queue capacity when nothing else is said. */
  public static final int DEFAULT_QUEUE_CAPACITY = 64;

  /** @throws IllegalArgumentException when a number is negative */
  public LoadOptions {
    if (contextLength < 0) {
      throw new IllegalArgumentException("contextLength must be >= 0, got " + contextLength);
    }
    if (queueCapacity < 0) {
      throw new IllegalArgumentException("queueCapacity must be >= 0, got " + queueCapacity);
    }
  }

  /** The model's own context length, {@link #DEFAULT_QUEUE_CAPACITY} waiting requests. */
  public static LoadOptions defaults() {
    return new LoadOptions(0, DEFAULT_QUEUE_CAPACITY);
  }
}
