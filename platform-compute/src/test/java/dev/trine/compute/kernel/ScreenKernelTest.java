/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ScreenKernelTest {

  private static final long SEED = 4;

  /** A matrix, activations and the exact products in double precision. */
  private static final class Problem {
    final int rows;
    final int cols;
    final int tokens;
    final float[] weights;
    final float[] x;
    final ScreenMatrix matrix;

    Problem(int rows, int cols, int tokens, float[] weights, float[] x, Arena arena) {
      this.rows = rows;
      this.cols = cols;
      this.tokens = tokens;
      this.weights = weights;
      this.x = x;
      MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(rows, cols), ScreenMatrix.ALIGNMENT);
      int blocks = ScreenMatrix.rowBlocks(rows);
      assertTrue(pack(packed, 0, blocks / 2));
      assertTrue(pack(packed, blocks / 2, blocks));
      matrix = ScreenMatrix.wrap(rows, cols, packed);
    }

    static Problem random(int rows, int cols, int tokens, Arena arena) {
      var random = new Random(SEED);
      var weights = new float[rows * cols];
      var x = new float[tokens * cols];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) random.nextGaussian() * 0.02f;
      }
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian() * (i % 37 == 0 ? 20 : 1);
      }
      return new Problem(rows, cols, tokens, weights, x, arena);
    }

    private boolean pack(MemorySegment packed, int from, int to) {
      return ScreenMatrix.packInto(rows, cols, (row, out) -> System.arraycopy(weights, row * cols, out, 0, cols),
          packed,
          from, to);
    }

    double exact(int token, int row) {
      double sum = 0;
      for (int c = 0; c < cols; c++) {
        sum += (double) weights[row * cols + c] * x[token * cols + c];
      }
      return sum;
    }

    /** The root of the sum of the squared intervals that the products of a row's rounded weights with the first token lie in. */
    double intervals(int row) {
      double sum = 0;
      for (int c = 0; c < cols; c++) {
        int from = c - c % ScreenMatrix.BLOCK_COLS;
        float largest = 0;
        for (int i = from; i < Math.min(cols, from + ScreenMatrix.BLOCK_COLS); i++) {
          largest = Math.max(largest, Math.abs(weights[row * cols + i]));
        }
        sum += Math.pow((double) largest / ScreenMatrix.MAX_LEVEL * x[c], 2);
      }
      return Math.sqrt(sum);
    }

    int stride() {
      return matrix.rowBlocks() * ScreenMatrix.BLOCK_ROWS;
    }

    float[][] run(ScreenKernel kernel, Arena arena) {
      long tableBytes = kernel.tableBytes(cols);
      MemorySegment tables = arena.allocate(tableBytes * tokens, ScreenMatrix.ALIGNMENT);
      var steps = new float[tokens];
      for (int token = 0; token < tokens; token++) {
        steps[token] = ScreenKernel.activationStep(x, token * cols, cols);
        kernel.prepare(x, token * cols, cols, steps[token], tables.asSlice(token * tableBytes), 0,
            matrix.colBlocks());
      }
      var scores = new float[tokens * stride()];
      var deviations = new float[tokens * stride()];
      // Parts within panels and across their borders.
      int part = 13;
      for (int block = 0; block < matrix.rowBlocks(); block += part) {
        kernel.multiply(matrix, tables, steps, tokens, scores, deviations, stride(), block,
            Math.min(matrix.rowBlocks(), block + part), new int[ScreenKernel.SCRATCH_INTS]);
      }
      return new float[][]{scores, deviations};
    }
  }

  private static List<ScreenKernel> kernels() {
    var kernels = new ArrayList<ScreenKernel>();
    kernels.add(new ScalarScreenKernel());
    KernelsUnderTest.all().forEach(named -> named.kernels().screen().ifPresent(kernels::add));
    return kernels;
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "127,63,2", "129,65,1", "1030,130,3", "2050,64,9", "8300,64,2", "4300,600,2", "300,2560,1"})
  void errorsStayBelowTheBoundAndAllImplementationsGiveTheSameBits(int rows, int cols, int tokens) {
    try (Arena arena = Arena.ofShared()) {
      Problem problem = Problem.random(rows, cols, tokens, arena);
      float[][] specification = problem.run(new ScalarScreenKernel(), arena);
      double squares = 0;
      for (int token = 0; token < tokens; token++) {
        for (int row = 0; row < rows; row++) {
          int i = token * problem.stride() + row;
          double error = Math.abs(specification[0][i] - problem.exact(token, row));
          assertTrue(error <= 6 * specification[1][i] + 1e-9,
              "row " + row + ": " + error + " of " + specification[1][i]);
          squares += Math.pow(error / Math.max(specification[1][i], 1e-12), 2);
        }
      }
      double typical = Math.sqrt(squares / (rows * tokens));
      assertTrue(rows * tokens < 100 || (typical > 0.3 && typical < 1), "errors are " + typical + " deviations");
      for (ScreenKernel kernel : kernels()) {
        float[][] actual = problem.run(kernel, arena);
        assertArrayEquals(specification[0], actual[0]);
        assertArrayEquals(specification[1], actual[1]);
      }
    }
  }

  /** Wherever a block of large activations lies: deviations are what Hoeffding's inequality asks for block by block, or somewhat more. */
  @ParameterizedTest
  @CsvSource({"0", "3", "4", "15", "16", "17"})
  void deviationsCoverBlocksOfLargeActivations(int largeBlock) {
    try (Arena arena = Arena.ofShared()) {
      int cols = 18 * ScreenMatrix.BLOCK_COLS - 5;
      Problem problem = Problem.random(140, cols, 1, arena);
      for (int c = largeBlock * ScreenMatrix.BLOCK_COLS; c < cols && c / ScreenMatrix.BLOCK_COLS == largeBlock; c++) {
        problem.x[c] = 30;
      }
      for (ScreenKernel kernel : kernels()) {
        float[] deviations = problem.run(kernel, arena)[1];
        for (int row = 0; row < problem.rows; row++) {
          double needed = problem.intervals(row) / 2;
          assertTrue(deviations[row] >= needed, () -> kernel + " has less than " + needed);
          assertTrue(deviations[row] < 4 * needed, () -> kernel + " has far more than " + needed);
        }
      }
    }
  }

  @Test
  void sumsOfTheLargestLevelsAreExact() {
    try (Arena arena = Arena.ofShared()) {
      int rows = 256;
      int cols = 192;
      var weights = new float[rows * cols];
      for (int row = 0; row < rows; row++) {
        Arrays.fill(weights, row * cols, (row + 1) * cols, row % 2 == 0 ? 5 : -5);
      }
      var x = new float[cols];
      Arrays.fill(x, 100);
      var problem = new Problem(rows, cols, 1, weights, x, arena);
      for (ScreenKernel kernel : kernels()) {
        float[] scores = problem.run(kernel, arena)[0];
        for (int row = 0; row < rows; row++) {
          assertEquals((row % 2 == 0 ? 1 : -1) * 500f * cols, scores[row]);
        }
      }
    }
  }

  @Test
  void zeroActivationsAndZeroWeightsScoreZero() {
    try (Arena arena = Arena.ofShared()) {
      var problem = new Problem(5, 70, 1, new float[350], new float[70], arena);
      for (ScreenKernel kernel : kernels()) {
        float[][] result = problem.run(kernel, arena);
        assertArrayEquals(new float[128], result[0]);
        for (float deviation : result[1]) {
          assertEquals(0, deviation, 1e-18);
        }
      }
    }
  }

  @Test
  void weightsThatAreNoNumbersOrHugeCannotBeScreened() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(2, 3), 64);
      for (float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e9f, -1e9f}) {
        assertFalse(ScreenMatrix.packInto(2, 3, (row, out) -> {
          Arrays.fill(out, 1);
          out[2] = row == 1 ? bad : 1;
        }, packed, 0, 1));
      }
      for (float small : new float[]{0, 1e-29f, 1e-31f, 1e-38f}) {
        assertEquals(small == 0 || small == 1e-29f,
            ScreenMatrix.packInto(2, 3, (row, out) -> Arrays.fill(out, row == 0 ? 1 : small), packed, 0, 1));
      }
    }
  }

  @Test
  void releasedMemoryIsRefused() {
    for (ScreenKernel kernel : kernels()) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment tables = arena.allocate(kernel.tableBytes(3), 64);
        MemorySegment releasedTables;
        ScreenMatrix released;
        try (Arena closed = Arena.ofShared()) {
          releasedTables = closed.allocate(kernel.tableBytes(3), 64);
          released = ScreenMatrix.wrap(2, 3, closed.allocate(ScreenMatrix.packedBytes(2, 3), 64));
        }
        assertThrows(IllegalStateException.class,
            () -> kernel.prepare(new float[3], 0, 3, 1, releasedTables, 0, 1));
        assertThrows(IllegalStateException.class, () -> kernel.multiply(released, tables, new float[1], 1,
            new float[128], new float[128], 128, 0, 1, new int[128]));
      }
    }
  }

  @Test
  void wrongSizesAreRefused() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(2, 3), 64);
      assertThrows(IllegalArgumentException.class, () -> ScreenMatrix.wrap(2, 300, packed));
      assertThrows(IllegalArgumentException.class, () -> ScreenMatrix.packedBytes(0, 3));
      ScreenMatrix matrix = ScreenMatrix.wrap(2, 3, packed);
      for (ScreenKernel kernel : kernels()) {
        MemorySegment tables = arena.allocate(kernel.tableBytes(3), 64);
        assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(new float[2], 0, 3, 1, tables, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(new float[3], 0, 3, 1, tables, 0, 2));
        assertThrows(IllegalArgumentException.class,
            () -> kernel.prepare(new float[3], 0, 3, 1, tables.asSlice(64), 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(matrix, tables, new float[1], 1,
            new float[127], new float[128], 128, 0, 1, new int[128]));
        assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(matrix, tables, new float[1], 1,
            new float[128], new float[128], 128, 0, 2, new int[128]));
      }
    }
  }
}
