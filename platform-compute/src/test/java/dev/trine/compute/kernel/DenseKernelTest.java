/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.compute.kernel.KernelsUnderTest.Named;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class DenseKernelTest {

  private static final long SEED = 20261121;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  record Case(Named implementation, DenseType type, int cols) {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Named implementation : KernelsUnderTest.all()) {
      for (DenseType type : DenseType.values()) {
        for (int size : KernelsUnderTest.SIZES) {
          int blocks = (size + type.blockSize() - 1) / type.blockSize();
          cases.add(new Case(implementation, type, blocks * type.blockSize()));
        }
      }
    }
    return cases;
  }

  /** Random weights, at an odd address, every second scale huge or subnormal in half precision. */
  private static DenseMatrix random(DenseType type, int rows, int cols, Arena arena) {
    Random random = new Random(SEED);
    MemorySegment data = arena.allocate(type.rowBytes(cols) * rows + 1).asSlice(1);
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
    for (long i = 0; i < data.byteSize(); i += type.blockBytes()) {
      float value = (float) random.nextGaussian() * (random.nextBoolean() ? 1 : 0x1p-16f);
      switch (type) {
        case F32 -> data.set(FLOAT, i, value);
        case BF16 -> data.set(SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
        case F16, Q8_0, Q4_0, Q5_0, Q1_0, Q2_0, PQ2_0 -> data.set(SHORT, i, Float.floatToFloat16(value));
        case Q4_1, Q5_1, Q4_K, Q5_K -> {
          data.set(SHORT, i, Float.floatToFloat16(value));
          data.set(SHORT, i + 2, Float.floatToFloat16((float) random.nextGaussian()));
        }
        case Q6_K -> data.set(SHORT, i + 208, Float.floatToFloat16(value));
      }
    }
    return new DenseMatrix(type, rows, cols, data);
  }

  /** Whatever else is computed with it, and however rows are dealt out, a token's results are the same bits. */
  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameBitsForAnyNumberOfTokensAndAnySplitOfRows(Case test) {
    DenseKernel kernel = test.implementation().kernels().dense();
    int rows = 21;
    int tokens = 11;
    int cols = test.cols();
    float[] x = KernelsUnderTest.gaussians(SEED, tokens * cols);
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = random(test.type(), rows, cols, arena);
      float[] expected = new float[tokens * rows];
      for (int t = 0; t < tokens; t++) {
        kernel.multiply(w, x, t * cols, expected, t * rows, 0, rows);
      }
      for (int count : new int[]{1, 2, 3, 4, 5, 8, 11}) {
        for (int split : new int[]{0, 1, 2, 5, 8, 12, 18}) {
          float[] tile = new float[count * rows];
          if (split > 0) {
            kernel.multiplyTile(w, x, cols, count, tile, rows, 0, 0, split);
          }
          kernel.multiplyTile(w, x, cols, count, tile, rows, 0, split, rows);
          assertArrayEquals(Arrays.copyOf(expected, count * rows), tile, count + " tokens, split at row " + split);
        }
      }
      for (int row = 0; row < rows; row++) {
        float[] alone = new float[rows];
        kernel.multiply(w, x, 0, alone, 0, row, row + 1);
        assertEquals(expected[row], alone[row], "row " + row + " alone");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void multipliesWithinTheRoundingOfItsLength(Case test) {
    DenseKernel kernel = test.implementation().kernels().dense();
    int rows = 5;
    int tokens = 6;
    int cols = test.cols();
    int xStride = cols + 3;
    float[] x = KernelsUnderTest.gaussians(SEED, tokens * xStride);
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = random(test.type(), rows, cols, arena);
      float[] tile = new float[tokens * 9];
      kernel.multiplyTile(w, x, xStride, tokens, tile, 9, 2, 1, rows);
      float[] single = new float[rows + 4];
      float[] weights = new float[cols];
      for (int t = 0; t < tokens; t++) {
        kernel.multiply(w, x, t * xStride, single, 3, 0, rows);
        for (int r = 0; r < rows; r++) {
          KernelsUnderTest.scalar().dense().decodeRow(w, r, weights, 0);
          double sum = 0;
          double magnitude = 0;
          for (int c = 0; c < cols; c++) {
            sum += (double) weights[c] * x[t * xStride + c];
            magnitude += Math.abs((double) weights[c] * x[t * xStride + c]);
          }
          double bound = (cols + 2) * 0x1p-24 * magnitude + Float.MIN_VALUE;
          assertEquals(sum, single[3 + r], bound, "row " + r + ", token " + t + ", seed " + SEED);
          if (r > 0) {
            assertEquals(sum, tile[t * 9 + 2 + r], bound, "tile, row " + r + ", token " + t + ", seed " + SEED);
          }
        }
        assertEquals(0f, tile[t * 9 + 2], "a row outside the range was written");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void decodesRowsExactly(Case test) {
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = random(test.type(), 3, test.cols(), arena);
      float[] expected = new float[test.cols() + 2];
      float[] actual = new float[test.cols() + 2];
      KernelsUnderTest.scalar().dense().decodeRow(w, 1, expected, 1);
      test.implementation().kernels().dense().decodeRow(w, 1, actual, 1);
      assertArrayEquals(expected, actual);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void decodesEveryHalfExactly(Named implementation) {
    int count = 1 << 16;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2L * count);
      for (int i = 0; i < count; i++) {
        halves.set(SHORT, 2L * i, (short) i);
      }
      float[] decoded = new float[count];
      implementation.kernels().dense().decodeRow(new DenseMatrix(DenseType.F16, 1, count, halves), 0, decoded, 0);
      for (int i = 0; i < count; i++) {
        assertEquals(Float.float16ToFloat((short) i), decoded[i], "half " + Integer.toHexString(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void keepsInfiniteHalves(Named implementation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2L * 64);
      halves.set(SHORT, 6, Float.floatToFloat16(Float.NEGATIVE_INFINITY));
      float[] x = KernelsUnderTest.gaussians(SEED, 64);
      x[3] = 1;
      float[] y = new float[1];
      implementation.kernels().dense().multiply(new DenseMatrix(DenseType.F16, 1, 64, halves), x, 0, y, 0, 0, 1);
      assertEquals(Float.NEGATIVE_INFINITY, y[0]);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatWouldLeaveItsArrays(Named implementation) {
    DenseKernel kernel = implementation.kernels().dense();
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = random(DenseType.F32, 4, 8, arena);
      float[] x = new float[16];
      float[] y = new float[8];
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, x, 9, y, 0, 0, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, x, 0, y, 5, 0, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, x, 0, y, 0, 0, 5));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiplyTile(w, x, 9, 2, y, 4, 0, 0, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiplyTile(w, x, 8, 2, y, 5, 0, 0, 4));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiplyTile(w, x, 8, 0, y, 4, 0, 0, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.decodeRow(w, 4, y, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.decodeRow(w, 0, y, 1));
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void rejectsShapesThatDoNotFit(DenseType type) {
    try (Arena arena = Arena.ofConfined()) {
      int cols = type.blockSize();
      MemorySegment data = arena.allocate(2 * type.rowBytes(cols) - 1);
      assertThrows(IllegalArgumentException.class, () -> new DenseMatrix(type, 2, cols, data));
      assertThrows(IllegalArgumentException.class, () -> new DenseMatrix(type, 0, cols, data));
      assertThrows(IllegalArgumentException.class,
          () -> new DenseMatrix(type, 1, cols, MemorySegment.ofArray(new byte[(int) type.rowBytes(cols)])));
      if (cols > 1) {
        assertThrows(IllegalArgumentException.class, () -> type.rowBytes(cols + 1));
      }
    }
  }

  static List<DenseType> types() {
    return List.of(DenseType.values());
  }
}
