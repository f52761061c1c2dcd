/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.sampling;

import dev.trine.api.llm.SamplingOptions;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

import static java.util.Objects.requireNonNull;

/**
 * Chooses tokens for one generation: penalties, top-k, top-p, min-p, temperature, then a draw, in this order, as llama.cpp's
 * sampler chain does. With temperature 0 it takes the most likely token, the lowest id of equals. The same seed and logits
 * give the same tokens. One thread at a time.
 */
public final class Sampler {

  private final double temperature;
  private final int topK;
  private final double topP;
  private final double minP;
  private final RandomGenerator random;
  private final Penalties penalties;
  /** Candidates as sort keys: the logit's order in the upper half, most likely first, the token id in the lower half. */
  private final long[] candidates;
  private double[] probabilities = new double[64];

  /**
   * @param options        what they leave unset is taken from {@link SamplingOptions#defaults}
   * @param vocabularySize number of token ids
   * @param contextLength  what a penalty lookback of -1 stands for
   */
  public Sampler(SamplingOptions options, int vocabularySize, int contextLength) {
    SamplingOptions complete = options.orElse(SamplingOptions.defaults());
    temperature = requireNonNull(complete.temperature());
    topK = requireNonNull(complete.topK());
    topP = requireNonNull(complete.topP());
    minP = requireNonNull(complete.minP());
    long seed = requireNonNull(complete.seed());
    var generators = RandomGeneratorFactory.of("Xoshiro256PlusPlus");
    random = seed == -1 ? generators.create() : generators.create(seed);
    penalties = new Penalties(complete, contextLength);
    candidates = temperature == 0 ? new long[0] : new long[vocabularySize];
  }

  /** Takes note of a token of the prompt or of the text, for the penalties. */
  public void accept(int token) {
    penalties.accept(token);
  }

  /**
   * Chooses the next token. The caller {@link #accept accepts} it.
   *
   * @param logits {@code [vocabularySize]}; the penalties are worked into them
   */
  public int sample(float[] logits) {
    penalties.apply(logits);
    if (temperature == 0) {
      return mostLikely(logits);
    }
    int count = selectTopK(logits);
    if (count == 1) {
      return token(candidates[0]);
    }
    count = keepTopP(logits, count);
    count = keepMinP(logits, count);
    return draw(logits, count);
  }

  /** Index of the largest logit; the lowest of equals, and 0 when none is a number. */
  static int mostLikely(float[] logits) {
    int best = 0;
    float largest = Float.NEGATIVE_INFINITY;
    for (int token = 0; token < logits.length; token++) {
      if (logits[token] > largest) {
        largest = logits[token];
        best = token;
      }
    }
    return best;
  }

  /** Puts the candidates in order, most likely first, and returns how many there are. */
  private int selectTopK(float[] logits) {
    int vocabularySize = logits.length;
    if (topK <= 0 || topK >= vocabularySize) {
      for (int token = 0; token < vocabularySize; token++) {
        candidates[token] = key(logits[token], token);
      }
      Arrays.sort(candidates, 0, vocabularySize);
      return vocabularySize;
    }
    // A heap with the least likely of the chosen ones at its root.
    for (int token = 0; token < topK; token++) {
      candidates[token] = key(logits[token], token);
    }
    for (int i = topK / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    float least = logit(logits, candidates[0]);
    for (int token = topK; token < vocabularySize; token++) {
      if (logits[token] > least) {
        candidates[0] = key(logits[token], token);
        siftDown(0);
        least = logit(logits, candidates[0]);
      }
    }
    Arrays.sort(candidates, 0, topK);
    return topK;
  }

  private void siftDown(int start) {
    int parent = start;
    while (true) {
      int child = 2 * parent + 1;
      if (child >= topK) {
        return;
      }
      if (child + 1 < topK && candidates[child + 1] > candidates[child]) {
        child++;
      }
      if (candidates[parent] >= candidates[child]) {
        return;
      }
      long swap = candidates[parent];
      candidates[parent] = candidates[child];
      candidates[child] = swap;
      parent = child;
    }
  }

  /** Keeps the first candidates up to and including the one at which their probabilities reach top-p. */
  private int keepTopP(float[] logits, int count) {
    if (topP >= 1) {
      return count;
    }
    double sum = exponentials(logits, count, 1);
    double cumulative = 0;
    for (int i = 0; i < count; i++) {
      cumulative += probabilities[i];
      if (cumulative >= topP * sum) {
        return i + 1;
      }
    }
    return count;
  }

  /** Keeps the candidates that are at least min-p times as likely as the first. */
  private int keepMinP(float[] logits, int count) {
    if (minP <= 0) {
      return count;
    }
    double least = logit(logits, candidates[0]) + Math.log(minP);
    int kept = 1;
    while (kept < count && logit(logits, candidates[kept]) >= least) {
      kept++;
    }
    return kept;
  }

  private int draw(float[] logits, int count) {
    if (count == 1) {
      return token(candidates[0]);
    }
    double sum = exponentials(logits, count, temperature);
    double target = random.nextDouble() * sum;
    double cumulative = 0;
    for (int i = 0; i < count; i++) {
      cumulative += probabilities[i];
      if (cumulative >= target) {
        return token(candidates[i]);
      }
    }
    return token(candidates[count - 1]);
  }

  /** Fills {@link #probabilities} with exp((logit - largest) / divisor) and returns their sum. */
  private double exponentials(float[] logits, int count, double divisor) {
    if (probabilities.length < count) {
      probabilities = new double[Math.max(count, 2 * probabilities.length)];
    }
    double largest = logit(logits, candidates[0]);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      probabilities[i] = Math.exp((logit(logits, candidates[i]) - largest) / divisor);
      sum += probabilities[i];
    }
    return sum;
  }

  /** Ascending keys are descending logits, and ascending ids among equals. A logit that is no number comes last. */
  private static long key(float logit, int token) {
    float value = Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit == 0 ? 0f : logit;
    int bits = Float.floatToIntBits(value);
    int ascending = bits ^ (bits >> 31 & 0x7fffffff);
    return (long) ~ascending << 32 | token;
  }

  private static int token(long key) {
    return (int) key;
  }

  private static float logit(float[] logits, long key) {
    float value = logits[token(key)];
    return Float.isNaN(value) ? Float.NEGATIVE_INFINITY : value;
  }
}
