/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Attention over long caches against double precision, and its bits whatever shares the work. */
class AttentionTest {

  private static final long SEED = 20261123;
  private static final AttentionKernel KERNEL = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels()
      .attention();

  /**
   * A shape of heads and a length of the cache.
   *
   * @param magnitude of the queries: how far the scores are apart
   */
  record Case(KeyValueType type, int heads, int kvHeads, int headDim, int length, float magnitude) {}

  static List<Case> cases() {
    var cases = new ArrayList<Case>();
    for (KeyValueType type : KeyValueType.values()) {
      cases.add(new Case(type, 8, 2, 128, 4096, 1));
      cases.add(new Case(type, 8, 2, 128, 4096, 1000));
      cases.add(new Case(type, 7, 1, 64, 257, 5));
      cases.add(new Case(type, 3, 3, 100, 300, 1));
      cases.add(new Case(type, 2, 1, 32, 256, 3e4f));
      cases.add(new Case(type, 2, 2, 16, 1, 1));
    }
    return cases;
  }

  /** Queries, and a cache of values that every type holds exactly. */
  private static final class Fixture implements AutoCloseable {
    final Case test;
    final ModelConfig config;
    final PagePool pool;
    final SequenceCache cache;
    final float[] keys;
    final float[] values;
    final float[] queries;
    final int tokens;

    Fixture(Case test, int tokens) {
      this.test = test;
      this.tokens = tokens;
      config = new ModelConfig("test", 2, 32, test.heads, test.kvHeads, test.headDim, 32, 32, test.length, 1e-5f,
          new RopeConfig(new RopeConfig.Frequencies(RopeConfig.plainFrequencies(10000, test.headDim)), 1, false),
          Activation.SILU);
      var shape = new CacheShape(2, test.kvHeads, test.headDim);
      pool = new PagePool(shape, test.type, PagePool.pagesFor(test.length) * PagePool.pageBytes(shape, test.type));
      cache = new SequenceCache(pool, test.length);
      var random = new Random(SEED);
      int width = test.kvHeads * test.headDim;
      keys = new float[test.length * width];
      values = new float[test.length * width];
      for (int i = 0; i < keys.length; i++) {
        // Steps of 1, with 127 in every row, so that bytes have a scale of 1.
        keys[i] = i % test.headDim == 0 ? 127 : random.nextInt(255) - 127;
        values[i] = i % test.headDim == 1 ? 127 : random.nextInt(255) - 127;
      }
      queries = new float[tokens * test.heads * test.headDim];
      for (int i = 0; i < queries.length; i++) {
        queries[i] = (float) random.nextGaussian() * test.magnitude / 127;
      }
      cache.reserve(test.length);
      for (int position = 0; position < test.length; position++) {
        for (int head = 0; head < test.kvHeads; head++) {
          int at = position * width + head * test.headDim;
          KERNEL.store(pool.layout(), cache.memory()[position / PagePool.PAGE_TOKENS], pool.offset(1, head),
              position % PagePool.PAGE_TOKENS, 1, keys, at, values, at, 0);
        }
      }
      cache.advance(test.length - tokens);
    }

    /** The last tokens attend, in steps of a size. */
    float[] attend(int workers, int chunk) {
      int width = test.heads * test.headDim;
      var output = new float[queries.length];
      try (var team = new WorkerTeam("test", workers)) {
        var attention = new Attention(config, KERNEL, workers, tokens);
        var step = new Step();
        for (int token = 0; token < tokens; token += chunk) {
          int count = Math.min(chunk, tokens - token);
          step.clear();
          step.add(cache, new int[tokens], token, count, 0);
          attention.begin(step, workers);
          var out = new float[count * width];
          attention.apply(team, 1, Arrays.copyOfRange(queries, token * width, (token + count) * width), width, out);
          attention.end();
          System.arraycopy(out, 0, output, token * width, out.length);
          cache.advance(count);
        }
        cache.truncate(test.length - tokens);
        cache.reserve(tokens);
      }
      return output;
    }

    @Override
    public void close() {
      pool.close();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void resultsAreThoseOfDoublePrecision(Case test) {
    int tokens = Math.min(3, test.length);
    try (var fixture = new Fixture(test, tokens)) {
      float[] actual = fixture.attend(2, tokens);
      int dim = test.headDim;
      for (int token = 0; token < tokens; token++) {
        int length = test.length - tokens + token + 1;
        for (int head = 0; head < test.heads; head++) {
          int query = (token * test.heads + head) * dim;
          int kvHead = head / (test.heads / test.kvHeads);
          var scores = new double[length];
          double max = Double.NEGATIVE_INFINITY;
          double rounding = 0;
          for (int position = 0; position < length; position++) {
            double magnitude = 0;
            for (int i = 0; i < dim; i++) {
              double product = (double) fixture.queries[query + i]
                  * fixture.keys[(position * test.kvHeads + kvHead) * dim + i] / Math.sqrt(dim);
              scores[position] += product;
              magnitude += Math.abs(product);
            }
            max = Math.max(max, scores[position]);
            rounding = Math.max(rounding, magnitude * dim * 0x1p-24);
          }
          double sum = 0;
          var expected = new double[dim];
          for (int position = 0; position < length; position++) {
            double weight = Math.exp(scores[position] - max);
            sum += weight;
            for (int i = 0; i < dim; i++) {
              expected[i] += weight * fixture.values[(position * test.kvHeads + kvHead) * dim + i];
            }
          }
          // An error of a score is a relative error of its weight; a weighted mean of values up to 127 moves by as much.
          double bound = 127 * (2e-6 + 2e-7 * Math.sqrt(length) + Math.min(1, 0.2 * rounding));
          for (int i = 0; i < dim; i++) {
            assertEquals(expected[i] / sum, actual[query + i], bound, "token " + token + ", head " + head);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bitsDoNotDependOnWorkersOrSteps(Case test) {
    int tokens = Math.min(40, test.length);
    try (var fixture = new Fixture(test, tokens)) {
      float[] expected = fixture.attend(1, 1);
      for (int workers : new int[]{1, 2, 3, 5}) {
        for (int chunk : new int[]{1, 2, 7, 33, tokens}) {
          assertArrayEquals(expected, fixture.attend(workers, chunk), workers + " workers, steps of " + chunk);
        }
      }
    }
  }
}
