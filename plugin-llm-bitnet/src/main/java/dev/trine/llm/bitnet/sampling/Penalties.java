/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.sampling;

import dev.trine.api.llm.SamplingOptions;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Repetition (Keskar et al., 2019), presence and frequency penalties over the latest tokens. One thread at a time.
 */
final class Penalties {

  private final float repetition;
  private final float presence;
  private final float frequency;
  /** The latest tokens, as a ring. */
  private final int[] window;
  private int accepted;
  private final Map<Integer, Integer> counts = new HashMap<>();

  Penalties(SamplingOptions options, int contextLength) {
    float factor = (float) value(options.repetitionPenalty(), 1);
    repetition = factor == 0 ? 1 : factor;
    presence = (float) value(options.presencePenalty(), 0);
    frequency = (float) value(options.frequencyPenalty(), 0);
    boolean off = repetition == 1 && presence == 0 && frequency == 0;
    int lookback = (int) value(options.penaltyLookback(), 64);
    window = new int[off ? 0 : lookback < 0 ? contextLength : Math.min(lookback, contextLength)];
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
      counts.computeIfPresent(window[slot], (id, count) -> count == 1 ? null : count - 1);
    }
    window[slot] = token;
    counts.merge(token, 1, Integer::sum);
    accepted++;
  }

  void apply(float[] logits) {
    counts.forEach((token, count) -> {
      float logit = logits[token];
      logit = logit > 0 ? logit / repetition : logit * repetition;
      logits[token] = logit - (count * frequency + presence);
    });
  }
}
