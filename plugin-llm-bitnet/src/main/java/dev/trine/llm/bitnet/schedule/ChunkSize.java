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
  /** Steps that took longer make the next ones smaller. */
  private static final long LONG_NANOS = 400_000_000L;
  /** After steps that took less, twice the size is thought to be fast enough. */
  private static final long SHORT_NANOS = 180_000_000L;
  /** Steps in time after which a size that was too slow is tried again: it may have been the compiler, or another program. */
  private static final int FIRST_RETRY = 4;
  private static final int LAST_RETRY = 256;

  private final int largest;
  private int size;
  /** Full steps in time since the size changed. */
  private int inTime;
  /** Whether the size is one that was too slow before, and has not held yet. */
  private boolean retrying;
  private int retryAfter = FIRST_RETRY;

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
      inTime = 0;
      // What was tried in vain is tried less and less often; what was fast before is expected to be so again.
      retryAfter = retrying ? Math.min(LAST_RETRY, 2 * retryAfter) : FIRST_RETRY;
      retrying = false;
    } else if (tokens >= size) {
      if (retrying && ++inTime >= FIRST_RETRY) {
        retrying = false;
        retryAfter = FIRST_RETRY;
        inTime = 0;
      } else if (!retrying && size < largest && (nanos < SHORT_NANOS || ++inTime >= retryAfter)) {
        retrying = nanos >= SHORT_NANOS;
        size = Math.min(largest, 2 * size);
        inTime = 0;
      }
    }
  }
}
