/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.llm.bitnet.draft.DraftMode;

/**
 * How requests share the engine.
 *
 * @param slots         how many run at one time, 1 to {@link #MAX_SLOTS}
 * @param queueCapacity how many wait beyond that, at least 0
 * @param drafts        whether tokens are evaluated ahead where a request does not say
 * @param keptPages     most pages of the KV cache in use while texts are kept for later requests; running ones may use more
 */
public record EngineOptions(int slots, int queueCapacity, DraftMode drafts, int keptPages) {

  /** Slots when nothing else is said: a pass over the weights costs little more for as many tokens as for one. */
  public static final int DEFAULT_SLOTS = 8;
  /** Most slots: further sequences would only make each one slower. */
  public static final int MAX_SLOTS = 64;

  /** @throws IllegalArgumentException when a number is out of range */
  public EngineOptions {
    if (slots < 1 || slots > MAX_SLOTS) {
      throw new IllegalArgumentException("slots must be 1 to " + MAX_SLOTS + ", got " + slots);
    }
    if (queueCapacity < 0) {
      throw new IllegalArgumentException("queueCapacity must be >= 0, got " + queueCapacity);
    }
  }
}
