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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class TernaryKernelTest {

  private static final long SEED = 20261121;
  private static final int UNTOUCHED = Integer.MIN_VALUE;

  /** Values that random data never reaches, and random data. */
  enum Values {
    RANDOM(0, 0), PLUS_TIMES_LARGEST(1, 127), PLUS_TIMES_SMALLEST(1, -127), MINUS_TIMES_LARGEST(-1, 127),
    ZERO_WEIGHTS(0, 127);

    private final int weight;
    private final int activation;

    Values(int weight, int activation) {
      this.weight = weight;
      this.activation = activation;
    }

    byte[] weights(Random random, int length) {
      byte[] all = new byte[length];
      for (int i = 0; i < length; i++) {
        all[i] = (byte) (this == RANDOM ? random.nextInt(3) - 1 : weight);
      }
      return all;
    }

    byte[] activations(Random random, int length) {
      byte[] all = new byte[length];
      for (int i = 0; i < length; i++) {
        all[i] = (byte) (this == RANDOM ? random.nextInt(255) - 127 : activation);
      }
      return all;
    }
  }

  record Case(Named implementation, int rows, int cols, Values values) {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Named implementation : KernelsUnderTest.all()) {
      for (Values values : Values.values()) {
        for (int size : KernelsUnderTest.SIZES) {
          cases.add(new Case(implementation, 130, size, values));
          if (values == Values.RANDOM) {
            cases.add(new Case(implementation, size, 260, values));
          }
        }
      }
    }
    return cases;
  }

  /** The definition, from weights that were never packed. */
  private static int[] reference(byte[] weights, int rows, int cols, byte[] q, int offset) {
    int[] sums = new int[rows];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        sums[r] += weights[r * cols + c] * q[offset + c];
      }
    }
    return sums;
  }

  private static TernaryMatrix pack(TernaryKernel kernel, byte[] weights, int rows, int cols, Arena arena) {
    return TernaryMatrix.pack(kernel.layout(), rows, cols,
        (row, trits) -> System.arraycopy(weights, row * cols, trits, 0, cols), arena);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void multipliesExactly(Case test) {
    Random random = new Random(SEED);
    byte[] weights = test.values().weights(random, test.rows() * test.cols());
    byte[] q = test.values().activations(random, test.cols() + 10);
    int[] expected = reference(weights, test.rows(), test.cols(), q, 5);
    TernaryKernel kernel = test.implementation().kernels().ternary();
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, weights, test.rows(), test.cols(), arena);
      MemorySegment tables = arena.allocate(kernel.tableBytes(test.cols()), TernaryMatrix.ALIGNMENT);
      tables.fill((byte) 0xa5);
      for (int chunk = w.chunks() - 1; chunk >= 0; chunk--) {
        kernel.prepare(q, 5, test.cols(), tables, chunk, chunk + 1);
      }
      int[] sums = new int[test.rows() + 6];
      Arrays.fill(sums, UNTOUCHED);
      int half = w.rowBlocks() / 2;
      kernel.multiply(w, tables, sums, 3, half, w.rowBlocks());
      kernel.multiply(w, tables, sums, 3, 0, half);
      assertArrayEquals(expected, Arrays.copyOfRange(sums, 3, 3 + test.rows()), "seed " + SEED);
      for (int i : new int[]{0, 1, 2, test.rows() + 3, test.rows() + 4, test.rows() + 5}) {
        assertEquals(UNTOUCHED, sums[i], "a value beside the sums was written");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void multipliesTilesExactly(Case test) {
    Random random = new Random(SEED);
    TernaryKernel kernel = test.implementation().kernels().ternary();
    byte[] weights = test.values().weights(random, test.rows() * test.cols());
    int qStride = test.cols() + 3;
    int sumStride = test.rows() + 5;
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, weights, test.rows(), test.cols(), arena);
      TileScratch scratch = kernel.newTileScratch(arena);
      scratch.memory().fill((byte) 0xa5);
      int[] counts = test.cols() * test.rows() > 100_000
          ? new int[]{kernel.tileTokens()}
          : new int[]{kernel.tileTokens(), kernel.tileTokens() - 1, 3, 1};
      for (int tokens : counts) {
        byte[] q = test.values().activations(random, tokens * qStride);
        int[] sums = new int[tokens * sumStride];
        Arrays.fill(sums, UNTOUCHED);
        int half = w.rowBlocks() / 2;
        kernel.multiplyTile(w, q, qStride, tokens, sums, sumStride, 2, 0, half, scratch);
        kernel.multiplyTile(w, q, qStride, tokens, sums, sumStride, 2, half, w.rowBlocks(), scratch);
        for (int t = 0; t < tokens; t++) {
          int from = t * sumStride + 2;
          assertArrayEquals(reference(weights, test.rows(), test.cols(), q, t * qStride),
              Arrays.copyOfRange(sums, from, from + test.rows()), "token " + t + " of " + tokens + ", seed " + SEED);
          assertEquals(UNTOUCHED, sums[from - 1]);
          assertEquals(UNTOUCHED, sums[from + test.rows()]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatWouldLeaveItsArrays(Named implementation) {
    TernaryKernel kernel = implementation.kernels().ternary();
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, new byte[200 * 300], 200, 300, arena);
      MemorySegment tables = arena.allocate(kernel.tableBytes(300), TernaryMatrix.ALIGNMENT);
      MemorySegment small = arena.allocate(kernel.tableBytes(300) - 1, TernaryMatrix.ALIGNMENT);
      TileScratch scratch = kernel.newTileScratch(arena);
      byte[] q = new byte[300];
      int[] sums = new int[200];
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(q, 1, 300, tables, 0, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(q, 0, 300, tables, 0, 3));
      assertThrows(IllegalArgumentException.class, () -> kernel.prepare(q, 0, 300, small, 0, 2));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.prepare(q, 0, 300, MemorySegment.ofArray(new byte[100_000]), 0, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, tables, sums, 1, 0, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, tables, sums, 0, 0, 3));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiply(w, small, sums, 0, 0, 2));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.multiplyTile(w, q, 1, 2, sums, 0, 0, 0, 2, scratch));
      assertThrows(IndexOutOfBoundsException.class,
          () -> kernel.multiplyTile(w, q, 0, 2, sums, 1, 0, 0, 2, scratch));
      for (TernaryLayout other : TernaryLayout.values()) {
        if (other != kernel.layout()) {
          TernaryMatrix x = TernaryMatrix.pack(other, 200, 300, (row, trits) -> {}, arena);
          assertThrows(IllegalArgumentException.class, () -> kernel.multiply(x, tables, sums, 0, 0, 2));
          assertThrows(IllegalArgumentException.class,
              () -> kernel.multiplyTile(x, q, 0, 1, sums, 0, 0, 0, 2, scratch));
        }
      }
      assertThrows(IllegalArgumentException.class,
          () -> kernel.multiplyTile(w, q, 300, kernel.tileTokens() + 1, sums, 200, 0, 0, 2, scratch));
    }
  }

  @Test
  void rejectsReleasedMemory() {
    TernaryKernel kernel = KernelsUnderTest.vector().findFirst().orElseThrow().kernels().ternary();
    TernaryMatrix w;
    try (Arena arena = Arena.ofConfined()) {
      w = pack(kernel, new byte[8], 2, 4, arena);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment tables = arena.allocate(kernel.tableBytes(4), TernaryMatrix.ALIGNMENT);
      assertThrows(IllegalStateException.class, () -> kernel.multiply(w, tables, new int[2], 0, 0, 1));
    }
  }
}
