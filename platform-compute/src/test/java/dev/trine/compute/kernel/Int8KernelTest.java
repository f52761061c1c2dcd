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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class Int8KernelTest {

  private static final long SEED = 20261122;
  private static final int ROWS = 19;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  record Case(Named implementation, DenseType type, int cols) {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Named implementation : KernelsUnderTest.all()) {
      for (DenseType type : DenseType.values()) {
        if (type.hasInt8Products()) {
          for (int blocks : new int[]{1, 2, 3, 20, 54}) {
            cases.add(new Case(implementation, type, blocks * type.blockSize()));
          }
        }
      }
    }
    return cases;
  }

  /** Codes are random, or all ones; scales random, or all 1. */
  private static DenseMatrix matrix(DenseType type, int cols, boolean extreme, Arena arena) {
    Random random = new Random(SEED);
    MemorySegment data = arena.allocate(ROWS * type.rowBytes(cols) + 1).asSlice(1);
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, extreme ? -1 : (byte) random.nextInt());
    }
    for (long i = 0; i < data.byteSize(); i += type.blockBytes()) {
      data.set(SHORT, i, Float.floatToFloat16(extreme ? 1 : (float) random.nextGaussian()));
    }
    return new DenseMatrix(type, ROWS, cols, data);
  }

  private static Int8Vectors quantised(float[] x, int cols) {
    int tokens = x.length / cols;
    Int8Vectors vectors = new Int8Vectors(tokens, cols + 5);
    vectors.setCols(cols);
    for (int t = 0; t < tokens; t++) {
      vectors.quantise(t, x, t * cols);
    }
    return vectors;
  }

  @Test
  void roundsToTheNearestOf255Steps() {
    float[] x = KernelsUnderTest.gaussians(SEED, 3 * 64);
    Arrays.fill(x, 32, 64, 0);
    Int8Vectors vectors = quantised(x, 64);
    for (int t = 0; t < 3; t++) {
      for (int c = 0; c < 64; c++) {
        float scale = vectors.scale(t, c / 32);
        assertEquals(x[64 * t + c], scale * vectors.value(t, c), scale * 0.50001f, "value " + c + " of " + t);
      }
    }
    assertEquals(0, vectors.scale(0, 1));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void sumsAreExactForTheLargestCodesAndActivations(Case test) {
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = matrix(test.type(), test.cols(), true, arena);
      float[] x = new float[2 * test.cols()];
      Arrays.fill(x, 0, test.cols(), 127);
      Arrays.fill(x, test.cols(), 2 * test.cols(), -127);
      float[] y = new float[2 * ROWS];
      test.implementation().kernels().dense().multiplyInt8(w, quantised(x, test.cols()), 2, y, ROWS, 0, 0, ROWS);
      int code = 2;
      for (int row = 0; row < ROWS; row++) {
        assertEquals(code * 127 * test.cols(), y[row]);
        assertEquals(code * -127 * test.cols(), y[ROWS + row]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void multipliesWithinTheRoundingOfItsLength(Case test) {
    int cols = test.cols();
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = matrix(test.type(), cols, false, arena);
      Int8Vectors x = quantised(KernelsUnderTest.gaussians(SEED, 3 * cols), cols);
      float[] y = new float[3 * (ROWS + 2)];
      test.implementation().kernels().dense().multiplyInt8(w, x, 3, y, ROWS + 2, 1, 0, ROWS);
      float[] weights = new float[cols];
      for (int row = 0; row < ROWS; row++) {
        KernelsUnderTest.scalar().dense().decodeRow(w, row, weights, 0);
        for (int t = 0; t < 3; t++) {
          double sum = 0;
          double magnitude = 0;
          for (int c = 0; c < cols; c++) {
            double product = (double) weights[c] * x.scale(t, c / 32) * x.value(t, c);
            sum += product;
            magnitude += Math.abs(product);
          }
          assertEquals(sum, y[t * (ROWS + 2) + 1 + row], (cols / 32 + 4) * 0x1p-23 * magnitude,
              "row " + row + ", token " + t + ", seed " + SEED);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameBitsForAnyNumberOfTokensAndAnySplitOfRows(Case test) {
    int cols = test.cols();
    int tokens = 9;
    DenseKernel kernel = test.implementation().kernels().dense();
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = matrix(test.type(), cols, false, arena);
      float[] x = KernelsUnderTest.gaussians(SEED, tokens * cols);
      float[] expected = new float[tokens * ROWS];
      for (int t = 0; t < tokens; t++) {
        float[] alone = new float[ROWS];
        kernel.multiplyInt8(w, quantised(Arrays.copyOfRange(x, t * cols, (t + 1) * cols), cols), 1, alone, ROWS, 0, 0,
            ROWS);
        System.arraycopy(alone, 0, expected, t * ROWS, ROWS);
      }
      Int8Vectors all = quantised(x, cols);
      for (int split : new int[]{0, 1, 8, 16, 18}) {
        float[] y = new float[tokens * ROWS];
        kernel.multiplyInt8(w, all, tokens, y, ROWS, 0, 0, split);
        kernel.multiplyInt8(w, all, tokens, y, ROWS, 0, split, ROWS);
        assertArrayEquals(expected, y, "split at row " + split);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatDoesNotFit(Named implementation) {
    DenseKernel kernel = implementation.kernels().dense();
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix w = matrix(DenseType.PQ2_0, 128, false, arena);
      DenseMatrix half = new DenseMatrix(DenseType.F16, 1, 128, arena.allocate(256));
      Int8Vectors x = quantised(new float[256], 128);
      Int8Vectors narrow = quantised(new float[64], 64);
      float[] y = new float[2 * ROWS];
      assertThrows(IllegalArgumentException.class, () -> kernel.multiplyInt8(half, x, 1, y, ROWS, 0, 0, 1));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiplyInt8(w, narrow, 1, y, ROWS, 0, 0, 1));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiplyInt8(w, x, 3, y, ROWS, 0, 0, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiplyInt8(w, x, 2, y, ROWS, 1, 0, ROWS));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiplyInt8(w, x, 1, y, ROWS, 0, 0, ROWS + 1));
      assertThrows(IllegalArgumentException.class, () -> x.setCols(100));
      assertThrows(IndexOutOfBoundsException.class, () -> x.quantise(2, new float[128], 0));
      assertThrows(IndexOutOfBoundsException.class, () -> x.quantise(0, new float[128], 1));
    }
  }
}
