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

  private static final int INITIAL_CANDIDATES = 64;
  /**
   * How far below the largest logit top-p looks for its candidates, one step after the other until they suffice: sorting a whole
   * vocabulary would take longer than a small model takes for its logits.
   */
  private static final double[] TOP_P_DEPTHS = {4, 8, 16, Double.POSITIVE_INFINITY};

  private final double temperature;
  private final int topK;
  private final double topP;
  private final double minP;
  private final RandomGenerator random;
  private final Penalties penalties;
  /** Candidates as sort keys: the logit's order in the upper half, most likely first, the token id in the lower half. */
  private long[] candidates;
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
    penalties = new Penalties(complete, vocabularySize, contextLength);
    candidates = new long[temperature == 0 ? 0 : topK > 0 && topK < vocabularySize ? topK : INITIAL_CANDIDATES];
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
    if (topK <= 0 || topK >= logits.length) {
      return topP >= 1 && minP <= 0 ? drawFromAll(logits) : draw(logits, selectLikely(logits));
    }
    int count = selectTopK(logits);
    if (count == 1) {
      return token(candidates[0]);
    }
    count = keepTopP(count, topP < 1 ? exponentials(logits, count, 1) : 0);
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

  /** Puts the top-k candidates in order, most likely first, and returns how many there are. */
  private int selectTopK(float[] logits) {
    // A heap with the least likely of the chosen ones at its root.
    for (int token = 0; token < topK; token++) {
      candidates[token] = key(logits[token], token);
    }
    for (int i = topK / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    float least = logit(logits, candidates[0]);
    for (int token = topK; token < logits.length; token++) {
      if (logits[token] > least) {
        candidates[0] = key(logits[token], token);
        siftDown(0);
        least = logit(logits, candidates[0]);
      }
    }
    Arrays.sort(candidates, 0, topK);
    return topK;
  }

  /** Puts the candidates that top-p and min-p keep of all tokens in order, most likely first, and returns how many there are. */
  private int selectLikely(float[] logits) {
    float largest = logits[mostLikely(logits)];
    double sum = topP < 1 ? sumOfExponentials(logits, largest, 1) : 0;
    if (minP > 0) {
      int count = selectFrom(logits, largest + Math.log(minP));
      exponentials(logits, count, 1);
      return keepTopP(count, sum);
    }
    int count = 0;
    for (double depth : TOP_P_DEPTHS) {
      count = selectFrom(logits, largest - depth);
      exponentials(logits, count, 1);
      int kept = keepTopP(count, sum);
      if (kept < count) {
        return kept;
      }
    }
    return count;
  }

  /** Puts the candidates whose logits are at least {@code least} in order; at least one, if only a logit that is no number. */
  private int selectFrom(float[] logits, double least) {
    int count = 0;
    for (int token = 0; token < logits.length; token++) {
      if (logits[token] >= least) {
        if (count == candidates.length) {
          candidates = Arrays.copyOf(candidates, Math.min(2 * count, logits.length));
        }
        candidates[count] = key(logits[token], token);
        count++;
      }
    }
    if (count == 0) {
      candidates[0] = key(logits[0], 0);
      return 1;
    }
    Arrays.sort(candidates, 0, count);
    return count;
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

  /**
   * Keeps the first candidates up to and including the one at which their probabilities reach top-p.
   *
   * @param sum of the exponentials of all candidates, of which {@link #probabilities} holds the first {@code count}
   */
  private int keepTopP(int count, double sum) {
    if (topP >= 1) {
      return count;
    }
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

  /** Draws from all tokens, in the order of their ids: nothing needs them sorted. */
  private int drawFromAll(float[] logits) {
    int mostLikely = mostLikely(logits);
    float largest = logits[mostLikely];
    double target = random.nextDouble() * sumOfExponentials(logits, largest, temperature);
    double cumulative = 0;
    for (int token = 0; token < logits.length; token++) {
      cumulative += exponential(logits[token], largest, temperature);
      if (cumulative >= target && logits[token] > Float.NEGATIVE_INFINITY) {
        return token;
      }
    }
    return mostLikely;
  }

  private static double sumOfExponentials(float[] logits, float largest, double divisor) {
    double sum = 0;
    for (float logit : logits) {
      sum += exponential(logit, largest, divisor);
    }
    return sum;
  }

  /** A logit that is no number, or minus infinity, has no share. */
  private static double exponential(float logit, float largest, double divisor) {
    return logit > Float.NEGATIVE_INFINITY ? Math.exp((logit - largest) / divisor) : 0;
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
