/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.sampling;

import dev.trine.api.llm.SamplingOptions;
import org.jspecify.annotations.Nullable;

/**
 * Repetition (Keskar et al., 2019), presence and frequency penalties over the latest tokens. Allocates nothing once it is made.
 * One thread at a time.
 */
final class Penalties {

  private final float repetition;
  private final float presence;
  private final float frequency;
  /** The latest tokens, as a ring; empty when no penalty is on. */
  private final int[] window;
  /** How often each token is in the window, {@code [vocabularySize]}; empty when no penalty is on. */
  private final int[] counts;
  private int accepted;

  Penalties(SamplingOptions options, int vocabularySize, int contextLength) {
    float factor = (float) value(options.repetitionPenalty(), 1);
    repetition = factor == 0 ? 1 : factor;
    presence = (float) value(options.presencePenalty(), 0);
    frequency = (float) value(options.frequencyPenalty(), 0);
    boolean off = repetition == 1 && presence == 0 && frequency == 0;
    int lookback = (int) value(options.penaltyLookback(), 64);
    window = new int[off ? 0 : lookback < 0 ? contextLength : Math.min(lookback, contextLength)];
    counts = new int[window.length == 0 ? 0 : vocabularySize];
  }

  private static double value(@Nullable Number number, double fallback) {
    return number == null ? fallback : number.doubleValue();
  }

  void accept(int token) {
    if (window.length == 0) {
      return;
    }
    int slot = accepted % window.length;
    if (accepted >= window.length) {
      counts[window[slot]]--;
    }
    window[slot] = token;
    counts[token]++;
    accepted++;
  }

  void apply(float[] logits) {
    int filled = Math.min(accepted, window.length);
    for (int slot = 0; slot < filled; slot++) {
      int token = window[slot];
      int count = counts[token];
      if (count > 0) {
        float logit = logits[token];
        logit = logit > 0 ? logit / repetition : logit * repetition;
        logits[token] = logit - (count * frequency + presence);
        // Marks the token as done, for it may be in the window again.
        counts[token] = -count;
      }
    }
    for (int slot = 0; slot < filled; slot++) {
      counts[window[slot]] = Math.abs(counts[window[slot]]);
    }
  }
}
