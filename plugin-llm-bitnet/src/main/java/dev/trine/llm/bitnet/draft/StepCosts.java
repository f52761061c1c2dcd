/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

/**
 * What a step of so many tokens takes, as measured. A step that was slower than thought counts little, one that was faster counts
 * half: what disturbs a measurement only ever makes it longer. One thread at a time.
 */
public final class StepCosts {

  private static final double SLOWER = 0.1;
  private static final double FASTER = 0.5;
  /**
   * Guess of what each further token adds to a step of one, as a share of it: reading the weights takes most of the time while
   * tokens are few. Rather too little, for a guess that is too high would never be put to the test.
   */
  private static final double FURTHER_TOKEN = 0.05;

  /** Nanoseconds of a step of so many tokens; 0 where none was measured. */
  private final double[] nanos;

  /** @param maxTokens largest number of tokens in a step */
  public StepCosts(int maxTokens) {
    nanos = new double[maxTokens + 1];
  }

  /** Takes note of a step. */
  public void record(int tokens, long measuredNanos) {
    double known = nanos[tokens];
    double difference = measuredNanos - known;
    nanos[tokens] = known == 0 ? measuredNanos : known + difference * (difference > 0 ? SLOWER : FASTER);
  }

  /** Whether any step was measured. */
  public boolean isEmpty() {
    for (double known : nanos) {
      if (known != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Nanoseconds that a step of so many tokens takes; between two measured numbers of tokens on the line between them, and 0 when
   * nothing was measured.
   */
  public double nanos(int tokens) {
    if (nanos[tokens] != 0) {
      return nanos[tokens];
    }
    int fewer = tokens;
    while (fewer > 0 && nanos[fewer] == 0) {
      fewer--;
    }
    int more = tokens;
    while (more < nanos.length && nanos[more] == 0) {
      more++;
    }
    boolean hasFewer = fewer > 0;
    boolean hasMore = more < nanos.length;
    if (hasFewer && hasMore) {
      return nanos[fewer] + (nanos[more] - nanos[fewer]) * (tokens - fewer) / (more - fewer);
    }
    if (hasFewer) {
      return nanos[fewer] * relative(tokens) / relative(fewer);
    }
    return hasMore ? nanos[more] * relative(tokens) / relative(more) : 0;
  }

  private static double relative(int tokens) {
    return 1 + FURTHER_TOKEN * (tokens - 1);
  }
}
