/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.GoldenFiles;
import dev.trine.llm.bitnet.TestKernels;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.kvcache.Page;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Whatever a token is evaluated with, and however its sequence came about, its logits are the same to the bit. */
class StepTest {

  private static final int MAX_TOKENS = 96;
  private static final int[] LENGTHS = {1, 7, 33, 64, 300, 31, 2, 70};

  /** The ternary mini model with a team of its own. */
  private static final class Fixture implements AutoCloseable {
    final Arena arena = Arena.ofShared();
    final WorkerTeam team;
    final Transformer transformer;
    final Workspace workspace;
    final PagePool pool;

    Fixture(KeyValueType type, KernelChoice.Preference kernel, int threads) {
      Kernels kernels = TestKernels.choose(kernel);
      team = new WorkerTeam("test", threads);
      var checkpoint = Checkpoints.open(GoldenFiles.path("bitnet-mini-set/bitnet-mini"), arena);
      // Longer than a part of attention.
      ModelConfig config = checkpoint.config().withContextLength(1024);
      transformer = new Transformer(config,
          checkpoint.loadWeights(kernels, arena, threads, (done, total) -> {}));
      workspace = new Workspace(config, kernels, team, MAX_TOKENS, MAX_TOKENS);
      pool = Sequences.newPool(transformer, type, 12);

    }

    SequenceCache newCache() {
      return new SequenceCache(pool, transformer.config().contextLength());
    }

    /** Logits of the last token. */
    float[] evaluate(SequenceCache cache, int[] tokens, int from, int to, int chunk) {
      var step = new Step();
      for (int at = from; at < to; at += chunk) {
        int count = Math.min(chunk, to - at);
        step.clear();
        step.add(cache, tokens, at, count, at + count == to ? 1 : 0);
        transformer.evaluate(workspace, step);
      }
      return workspace.logits(0).clone();
    }

    @Override
    public void close() {
      pool.close();
      workspace.close();
      team.close();
      arena.close();
    }
  }

  private static int[] tokens(int seed, int count) {
    return new Random(seed).ints(count, 0, 512).toArray();
  }

  @ParameterizedTest
  @EnumSource
  void sequencesTogetherEqualSequencesAlone(KeyValueType type) {
    List<float[]> first = new ArrayList<>();
    for (int threads = 1; threads <= 3; threads++) {
      try (var fixture = new Fixture(type, KernelChoice.Preference.AUTO, threads)) {
        for (int batch : new int[]{3, 8}) {
          var caches = new SequenceCache[batch];
          var expected = new float[batch][];
          for (int i = 0; i < batch; i++) {
            int[] ids = tokens(i, LENGTHS[i] + 2);
            SequenceCache alone = fixture.newCache();
            fixture.evaluate(alone, ids, 0, LENGTHS[i], MAX_TOKENS);
            expected[i] = fixture.evaluate(alone, ids, LENGTHS[i], LENGTHS[i] + 2, 1);
            alone.release();
            caches[i] = fixture.newCache();
            fixture.evaluate(caches[i], ids, 0, LENGTHS[i], 29);
          }
          // Two tokens of some and, as the logits of the last one only are asked for, one after the other of the rest.
          var step = new Step();
          for (int i = 0; i < batch; i++) {
            step.add(caches[i], tokens(i, LENGTHS[i] + 2), LENGTHS[i], i % 2 + 1, i % 2);
          }
          fixture.transformer.evaluate(fixture.workspace, step);
          int row = 0;
          for (int i = 1; i < batch; i += 2) {
            assertArrayEquals(expected[i], fixture.workspace.logits(row), threads + " threads, sequence " + i);
            row++;
          }
          step.clear();
          for (int i = 0; i < batch; i += 2) {
            step.add(caches[i], tokens(i, LENGTHS[i] + 2), LENGTHS[i] + 1, 1, 1);
          }
          fixture.transformer.evaluate(fixture.workspace, step);
          for (int i = 0; i < batch; i += 2) {
            assertArrayEquals(expected[i], fixture.workspace.logits(i / 2), threads + " threads, sequence " + i);
          }
          for (int i = 0; i < batch; i++) {
            assertEquals(LENGTHS[i] + 2, caches[i].length());
            caches[i].release();
          }
          if (batch == 8) {
            first.add(expected[4]);
          }
        }
      }
    }
    assertArrayEquals(first.get(0), first.get(1), "2 threads");
    assertArrayEquals(first.get(0), first.get(2), "3 threads");
  }

  @ParameterizedTest
  @EnumSource
  void chunksOfAnySizeGiveTheSameLogits(KeyValueType type) {
    try (var fixture = new Fixture(type, KernelChoice.Preference.AUTO, 2)) {
      int[] ids = tokens(5, 600);
      float[] expected = fixture.evaluate(fixture.newCache(), ids, 0, ids.length, MAX_TOKENS);
      for (int chunk : new int[]{1, 5, 7, 13, 31}) {
        SequenceCache cache = fixture.newCache();
        assertArrayEquals(expected, fixture.evaluate(cache, ids, 0, ids.length, chunk), "chunks of " + chunk);
        cache.release();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSequenceThatIsCutGoesOnAsIfNothingHadHappened(KeyValueType type) {
    try (var fixture = new Fixture(type, KernelChoice.Preference.AUTO, 2)) {
      int[] ids = tokens(5, 120);
      float[] expected = fixture.evaluate(fixture.newCache(), ids, 0, 90, MAX_TOKENS);
      SequenceCache cache = fixture.newCache();
      fixture.evaluate(cache, ids, 0, 70, MAX_TOKENS);
      fixture.evaluate(cache, tokens(6, 50), 0, 50, MAX_TOKENS);
      cache.truncate(70);
      assertEquals(3, cache.pageCount());
      assertArrayEquals(expected, fixture.evaluate(cache, ids, 70, 90, MAX_TOKENS));
    }
  }

  @ParameterizedTest
  @EnumSource
  void sharersOfPagesDoNotDisturbEachOther(KeyValueType type) {
    try (var fixture = new Fixture(type, KernelChoice.Preference.AUTO, 2)) {
      int[] ids = tokens(5, 120);
      SequenceCache owner = fixture.newCache();
      fixture.evaluate(owner, ids, 0, 70, MAX_TOKENS);
      int available = fixture.pool.availablePages();
      Page[] shared = {owner.page(0), owner.page(1), owner.page(2)};
      SequenceCache sharer = fixture.newCache();
      sharer.adopt(shared, 3, 70);
      assertEquals(available, fixture.pool.availablePages());

      int[] others = tokens(7, 20);
      SequenceCache alone = fixture.newCache();
      fixture.evaluate(alone, ids, 0, 70, MAX_TOKENS);
      float[] expected = fixture.evaluate(alone, others, 0, 20, MAX_TOKENS);
      alone.release();
      assertArrayEquals(expected, fixture.evaluate(sharer, others, 0, 20, MAX_TOKENS), "the sharer");
      assertEquals(available - 1, fixture.pool.availablePages(), "one page was copied");
      assertEquals(2, owner.page(1).references());
      assertEquals(1, owner.page(2).references());

      float[] undisturbed = fixture.evaluate(fixture.newCache(), ids, 0, 90, MAX_TOKENS);
      assertArrayEquals(undisturbed, fixture.evaluate(owner, ids, 70, 90, MAX_TOKENS), "the owner");
      // The owner goes; what it shared stays.
      owner.release();
      assertEquals(1, sharer.page(0).references());
      sharer.truncate(70);
      assertArrayEquals(expected, fixture.evaluate(sharer, others, 0, 20, MAX_TOKENS), "after the owner");
    }
  }

  @Test
  void scalarKernelsShareBatchesWithoutATraceToo() {
    try (var fixture = new Fixture(KeyValueType.F16, KernelChoice.Preference.SCALAR, 2)) {
      int[] ids = tokens(1, 12);
      float[] expected = fixture.evaluate(fixture.newCache(), ids, 0, 12, 12);
      assertArrayEquals(expected, fixture.evaluate(fixture.newCache(), ids, 0, 12, 5));
    }
  }

  @Test
  void lacksPagesWithoutLosingAny() {
    try (var fixture = new Fixture(KeyValueType.F16, KernelChoice.Preference.AUTO, 1)) {
      long bytes = 3 * PagePool.pageBytes(fixture.transformer.cacheShape(), KeyValueType.F16);
      try (var small = new PagePool(fixture.transformer.cacheShape(), KeyValueType.F16, bytes)) {
        int[] ids = tokens(5, 200);
        var one = new SequenceCache(small, 400);
        var other = new SequenceCache(small, 400);
        fixture.evaluate(one, ids, 0, 60, MAX_TOKENS);
        var step = new Step();
        step.add(one, ids, 60, 10, 0);
        step.add(other, ids, 0, 20, 0);
        var failure = assertThrows(PlatformException.class,
            () -> fixture.transformer.evaluate(fixture.workspace, step));
        assertEquals(StandardErrorCode.SERVER_BUSY, failure.code());
        assertEquals("the KV cache is full: all its 3 pages of 32 tokens are in use", failure.getMessage());
        assertEquals(60, one.length());
        assertEquals(2, one.pageCount());
        assertEquals(0, other.pageCount());
        assertEquals(1, small.availablePages());
      }
    }
  }

  @Test
  void refusesStepsThatDoNotFit() {
    try (var fixture = new Fixture(KeyValueType.F16, KernelChoice.Preference.AUTO, 1)) {
      SequenceCache cache = fixture.newCache();
      int[] ids = tokens(5, 200);
      var step = new Step();
      assertThrows(IllegalArgumentException.class,
          () -> fixture.transformer.evaluate(fixture.workspace, step));
      step.add(cache, ids, 0, MAX_TOKENS + 1, 0);
      assertThrows(IllegalArgumentException.class,
          () -> fixture.transformer.evaluate(fixture.workspace, step));
      assertThrows(IllegalArgumentException.class, () -> step.add(cache, ids, 0, 1, 0));
      step.clear();
      assertThrows(IllegalArgumentException.class, () -> step.add(cache, ids, 0, 0, 0));
      assertThrows(IllegalArgumentException.class, () -> step.add(cache, ids, 150, 51, 0));
      assertThrows(IllegalArgumentException.class, () -> step.add(cache, ids, 0, 3, 4));
      step.add(cache, new int[]{512}, 0, 1, 1);
      assertThrows(IllegalArgumentException.class,
          () -> fixture.transformer.evaluate(fixture.workspace, step));
      assertEquals(0, cache.pageCount());
    }
  }
}
