/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

/**
 * How many prompt tokens a step may take. A step cannot be interrupted: it bounds how long a cancelled request goes on, how long
 * those that generate stand still, and how long a new one waits to be looked at. So the size follows the time that steps take.
 */
final class ChunkSize {

  /** Tokens that the kernels multiply together; a smaller chunk costs almost as much. */
  static final int TILE = 32;
  private static final int SMALLEST = 8;
  private static final long LONG_NANOS = 400_000_000L;
  private static final long SHORT_NANOS = 150_000_000L;

  private final int largest;
  private int size;

  /** @param largest most tokens in a step */
  ChunkSize(int largest) {
    this.largest = largest;
    this.size = Math.min(TILE, largest);
  }

  /**
   * The tokens for the next step.
   *
   * @param shared whether others generate at the same time and wait for the step
   */
  int tokens(boolean shared) {
    return shared ? Math.min(size, TILE) : size;
  }

  /** Takes note of a step with {@code tokens} tokens of prompts. */
  void record(int tokens, long nanos) {
    if (nanos > LONG_NANOS) {
      size = Math.max(Math.min(SMALLEST, largest), Math.min(tokens, size) / 2);
    } else if (nanos < SHORT_NANOS && tokens >= size) {
      size = Math.min(largest, 2 * size);
    }
  }
}
