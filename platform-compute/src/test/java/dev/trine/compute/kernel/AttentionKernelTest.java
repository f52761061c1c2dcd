/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.compute.kernel.KernelsUnderTest.Named;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static dev.trine.compute.kernel.KeyValueLayout.POSITIONS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AttentionKernelTest {

  private static final long SEED = 20261122;
  private static final AttentionKernel SCALAR = KernelsUnderTest.scalar().attention();
  private static final int PAGES = 5;
  /** A block does not begin where its page does. */
  private static final long OFFSET = 128;

  record Case(Named implementation, KeyValueType type, int headDim) {

    AttentionKernel kernel() {
      return implementation.kernels().attention();
    }

    KeyValueLayout layout() {
      return new KeyValueLayout(type, headDim);
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Named implementation : KernelsUnderTest.all()) {
      for (KeyValueType type : KeyValueType.values()) {
        for (int headDim : new int[]{1, 31, 32, 64, 96, 100, 128, 256}) {
          cases.add(new Case(implementation, type, headDim));
        }
      }
    }
    return cases;
  }

  /** Pages full of what was there before. */
  private static MemorySegment[] pages(Arena arena, KeyValueLayout layout) {
    MemorySegment[] pages = new MemorySegment[PAGES];
    for (int i = 0; i < PAGES; i++) {
      pages[i] = arena.allocate(OFFSET + layout.blockBytes(), 64).fill((byte) (17 * i + 3));
    }
    return pages;
  }

  private static void store(AttentionKernel kernel, KeyValueLayout layout, MemorySegment[] pages, int positions,
      float[] keys, float[] values) {
    int width = layout.headDim();
    for (int from = 0; from < positions; from += POSITIONS) {
      int count = Math.min(POSITIONS, positions - from);
      // In two goes, as a prompt in chunks does.
      int first = count / 3;
      MemorySegment page = pages[from / POSITIONS];
      kernel.store(layout, page, OFFSET, 0, first, keys, from * width, values, from * width, width);
      kernel.store(layout, page, OFFSET, first, count - first, keys, (from + first) * width, values,
          (from + first) * width, width);
    }
  }

  /** Blocks that lie in one run hold and give the same as blocks that lie alone, whatever their neighbours hold. */
  @ParameterizedTest
  @MethodSource("cases")
  void blocksOfARunDoNotTouchEachOther(Case test) {
    KeyValueLayout alone = test.layout();
    var run = new KeyValueLayout(test.type(), test.headDim(), PAGES);
    int positions = PAGES * POSITIONS;
    float[] keys = KernelsUnderTest.gaussians(SEED, positions * test.headDim());
    float[] values = KernelsUnderTest.gaussians(SEED + 1, positions * test.headDim());
    float[] queries = KernelsUnderTest.gaussians(SEED + 2, 2 * test.headDim());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] lonely = pages(arena, alone);
      MemorySegment slab = arena.allocate(OFFSET + run.runBytes(), 64);
      MemorySegment[] together = new MemorySegment[PAGES];
      Arrays.setAll(together, i -> slab.asSlice(i * run.strideBytes(),
          OFFSET + run.runBytes() - (PAGES - 1) * run.strideBytes()));
      store(test.kernel(), alone, lonely, positions, keys, values);
      store(test.kernel(), run, together, positions, keys, values);
      float[] expected = new float[2 * positions];
      float[] actual = new float[2 * positions];
      test.kernel().scores(alone, lonely, 0, PAGES, OFFSET, queries, 0, 2, expected, 0, positions);
      test.kernel().scores(run, together, 0, PAGES, OFFSET, queries, 0, 2, actual, 0, positions);
      assertArrayEquals(expected, actual);
      float[] expectedOut = new float[2 * alone.valueDim()];
      float[] out = new float[2 * run.valueDim()];
      test.kernel().addValues(alone, lonely, 0, positions, OFFSET, expected, 0, positions, 2, expectedOut, 0);
      test.kernel().addValues(run, together, 0, positions, OFFSET, actual, 0, positions, 2, out, 0);
      assertArrayEquals(expectedOut, out);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void storesAndMultipliesTheSameBitsAsTheSpecification(Case test) {
    KeyValueLayout layout = test.layout();
    int positions = PAGES * POSITIONS - 7;
    int width = test.headDim();
    float[] keys = KernelsUnderTest.gaussians(SEED, positions * width);
    float[] values = KernelsUnderTest.gaussians(SEED + 1, positions * width);
    float[] queries = KernelsUnderTest.gaussians(SEED + 2, 9 * width + 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] expectedPages = pages(arena, layout);
      MemorySegment[] pages = pages(arena, layout);
      store(SCALAR, layout, expectedPages, positions, keys, values);
      store(test.kernel(), layout, pages, positions, keys, values);
      for (int i = 0; i < PAGES; i++) {
        assertEquals(-1, expectedPages[i].mismatch(pages[i]), "page " + i);
      }
      for (int rows : new int[]{1, 2, 3, 4, 5, 9}) {
        int stride = PAGES * POSITIONS + 3;
        float[] expected = KernelsUnderTest.gaussians(SEED, 2 + 9 * stride);
        float[] actual = expected.clone();
        SCALAR.scores(layout, expectedPages, 0, PAGES, OFFSET, queries, 1, rows, expected, 2, stride);
        test.kernel().scores(layout, pages, 0, PAGES, OFFSET, queries, 1, rows, actual, 2, stride);
        for (int row = 0; row < rows; row++) {
          Arrays.fill(expected, 2 + row * stride + positions, 2 + row * stride + PAGES * POSITIONS, 0);
          Arrays.fill(actual, 2 + row * stride + positions, 2 + row * stride + PAGES * POSITIONS, 0);
        }
        assertArrayEquals(expected, actual, rows + " rows of scores");

        float[] expectedOut = KernelsUnderTest.gaussians(SEED, 1 + 9 * layout.valueDim());
        float[] out = expectedOut.clone();
        SCALAR.addValues(layout, expectedPages, 1, positions - POSITIONS, OFFSET, expected.clone(), 2, stride, rows,
            expectedOut, 1);
        test.kernel().addValues(layout, pages, 1, positions - POSITIONS, OFFSET, actual.clone(), 2, stride, rows, out,
            1);
        assertArrayEquals(expectedOut, out, rows + " rows of values");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void productsAreWithinTheRoundingOfStorageAndLength(Case test) {
    KeyValueLayout layout = test.layout();
    int positions = POSITIONS + 5;
    int width = test.headDim();
    float[] keys = KernelsUnderTest.gaussians(SEED, positions * width);
    float[] values = KernelsUnderTest.gaussians(SEED + 1, positions * width);
    float[] query = KernelsUnderTest.gaussians(SEED + 2, width);
    double stored = switch (test.type()) {
      case F32 -> 0;
      case F16 -> 0x1p-11;
      // Half a step of the largest of a row, gaussians being below 6, relative to a sum of magnitudes.
      case Q8 -> 6.0 / 254;
    };
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] pages = pages(arena, layout);
      store(test.kernel(), layout, pages, positions, keys, values);
      float[] scores = new float[2 * POSITIONS];
      test.kernel().scores(layout, pages, 0, 2, OFFSET, query, 0, 1, scores, 0, 2 * POSITIONS);
      for (int position = 0; position < positions; position++) {
        double sum = 0;
        double magnitude = 0;
        double queries = 0;
        for (int dim = 0; dim < width; dim++) {
          sum += (double) query[dim] * keys[position * width + dim];
          magnitude += Math.abs((double) query[dim] * keys[position * width + dim]);
          queries += Math.abs(query[dim]);
        }
        assertEquals(sum, scores[position], (width + 2) * 0x1p-24 * magnitude + stored * (magnitude + queries),
            "position " + position);
      }
      float[] weights = KernelsUnderTest.gaussians(SEED + 3, 2 * POSITIONS);
      float[] out = new float[layout.valueDim()];
      test.kernel().addValues(layout, pages, 0, positions, OFFSET, weights.clone(), 0, 2 * POSITIONS, 1, out, 0);
      for (int dim = 0; dim < width; dim++) {
        double sum = 0;
        double magnitude = 0;
        for (int position = 0; position < positions; position++) {
          sum += (double) weights[position] * values[position * width + dim];
          magnitude += Math.abs((double) weights[position]) * Math.max(1, Math.abs(values[position * width + dim]));
        }
        assertEquals(sum, out[dim], ((positions + 2) * 0x1p-24 + 2 * stored) * magnitude, "dimension " + dim);
      }
      for (int dim = width; dim < layout.valueDim(); dim++) {
        assertEquals(0, out[dim], "padding");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void saturatesWhatDoesNotFit(Named implementation) {
    AttentionKernel kernel = implementation.kernels().attention();
    float[] row = {1e30f, -1e30f, Float.POSITIVE_INFINITY, Float.NaN, 65520, 1e-30f, 0, -65504};
    float[] one = new float[row.length];
    KeyValueLayout layout = new KeyValueLayout(KeyValueType.F16, row.length);
    float[] expected = {65504, -65504, 65504, 0, 65504, 0, 0, -65504};
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] pages = pages(arena, layout);
      kernel.store(layout, pages[0], OFFSET, 3, 1, row, 0, row, 0, row.length);
      float[] out = new float[layout.valueDim()];
      kernel.addValues(layout, pages, 0, 4, OFFSET, weightAt(3), 0, POSITIONS, 1, out, 0);
      assertArrayEquals(expected, Arrays.copyOf(out, row.length));
      float[] scores = new float[POSITIONS];
      for (int dim = 0; dim < row.length; dim++) {
        Arrays.fill(one, 0);
        one[dim] = 1;
        kernel.scores(layout, pages, 0, 1, OFFSET, one, 0, 1, scores, 0, POSITIONS);
        assertEquals(expected[dim], scores[3], "dimension " + dim);
      }
      // A row of nothing but zeros, and one whose scale would not be a normal number, are zeros.
      KeyValueLayout bytes = new KeyValueLayout(KeyValueType.Q8, row.length);
      MemorySegment[] others = pages(arena, bytes);
      float[] tiny = {1e-40f, 0, 0, 0, 0, 0, 0, -1e-39f};
      kernel.store(bytes, others[0], OFFSET, 3, 1, tiny, 0, row, 0, row.length);
      kernel.scores(bytes, others, 0, 1, OFFSET, new float[row.length], 0, 1, scores, 0, POSITIONS);
      assertEquals(0, scores[3]);
      Arrays.fill(out, 0);
      kernel.addValues(bytes, others, 0, 4, OFFSET, weightAt(3), 0, POSITIONS, 1, out, 0);
      for (int dim = 0; dim < row.length; dim++) {
        assertTrue(Float.isFinite(out[dim]), "dimension " + dim + " is " + out[dim]);
      }
    }
  }

  private static float[] weightAt(int position) {
    float[] weights = new float[POSITIONS];
    weights[position] = 1;
    return weights;
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void exponentialsAreExactToAFewUlps(Named implementation) {
    AttentionKernel kernel = implementation.kernels().attention();
    for (float magnitude : new float[]{1, 30, 3e4f, 1e30f}) {
      for (int length : new int[]{32, 64, 256}) {
        float[] x = KernelsUnderTest.gaussians(SEED, length + 2);
        for (int i = 0; i < x.length; i++) {
          x[i] = i % 7 == 3 ? Float.NEGATIVE_INFINITY : x[i] * magnitude;
        }
        float[] original = x.clone();
        float[] max = new float[2];
        float[] sum = new float[2];
        kernel.exponentials(x, 1, length, max, sum, 1);
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
          largest = Math.max(largest, original[1 + i]);
        }
        assertEquals(largest, max[1]);
        double total = 0;
        for (int i = 0; i < length; i++) {
          double exact = Math.exp((double) original[1 + i] - largest);
          assertEquals(exact, x[1 + i], exact * 1e-5 + 2e-38, "score " + original[1 + i]);
          total += exact;
        }
        assertEquals(total, sum[1], total * 2e-6);
        assertEquals(original[0], x[0]);
        assertEquals(original[length + 1], x[length + 1]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatWouldLeaveItsMemory(Named implementation) {
    AttentionKernel kernel = implementation.kernels().attention();
    KeyValueLayout layout = new KeyValueLayout(KeyValueType.F16, 16);
    float[] row = new float[64];
    float[] scores = new float[64];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] pages = {arena.allocate(layout.blockBytes(), 64)};
      MemorySegment[] heap = {MemorySegment.ofArray(new byte[8192])};
      MemorySegment readOnly = pages[0].asReadOnly();
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.store(layout, pages[0], 64, 0, 1, row, 0, row, 0, 16));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.store(layout, pages[0], 0, 31, 2, row, 0, row, 0, 16));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.store(layout, pages[0], 0, 0, 2, row, 40, row, 0, 16));
      assertThrows(IllegalArgumentException.class, () -> kernel.store(layout, readOnly, 0, 0, 1, row, 0, row, 0, 16));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.scores(layout, pages, 0, 2, 0, row, 0, 1, scores, 0, 64));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.scores(layout, heap, 0, 1, 0, row, 0, 1, scores, 0, 64));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.scores(layout, pages, 0, 1, 0, row, 0, 5, scores, 0, 1));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.scores(layout, pages, 0, 1, 0, row, 0, 3, scores, 0, 32));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.scores(layout, pages, 0, 1, 0, row, 0, 0, scores, 0, 32));
      assertThrows(IllegalArgumentException.class, () -> kernel.exponentials(scores, 0, 33, row, row, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.exponentials(scores, 33, 32, row, row, 0));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.addValues(layout, pages, 0, 33, 0, scores, 0, 64, 1, row, 0));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.addValues(layout, pages, 0, 0, 0, scores, 0, 64, 1, row, 0));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.addValues(layout, pages, 0, 32, 0, scores, 0, 32, 2, row, 1));
    }
    Arena closed = Arena.ofConfined();
    MemorySegment[] gone = {closed.allocate(layout.blockBytes(), 64)};
    closed.close();
    assertThrows(IllegalStateException.class,
        () -> kernel.scores(layout, gone, 0, 1, 0, row, 0, 1, scores, 0, 64));
  }
}
