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

  /**
   * Nanoseconds that a step of so many tokens takes, never more than one of more tokens; between two measured numbers of tokens on
   * the line between them, and 0 when nothing was measured.
   */
  public double nanos(int tokens) {
    int fewer = tokens;
    while (fewer > 0 && nanos[fewer] == 0) {
      fewer--;
    }
    double least = 0;
    int nearest = 0;
    for (int more = tokens; more < nanos.length; more++) {
      if (nanos[more] != 0) {
        nearest = nearest == 0 ? more : nearest;
        least = least == 0 ? nanos[more] : Math.min(least, nanos[more]);
      }
    }
    if (fewer == 0) {
      return nearest == 0 ? 0 : least * relative(tokens) / relative(nearest);
    }
    if (nearest == 0) {
      return nanos[fewer] * relative(tokens) / relative(fewer);
    }
    double estimate = nearest == fewer
        ? nanos[tokens]
        : nanos[fewer] + (nanos[nearest] - nanos[fewer]) * (tokens - fewer) / (nearest - fewer);
    return Math.min(estimate, least);
  }

  private static double relative(int tokens) {
    return 1 + FURTHER_TOKEN * (tokens - 1);
  }
}
