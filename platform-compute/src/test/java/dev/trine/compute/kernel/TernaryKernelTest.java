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
    TernaryKernel kernel = test.implementation().kernels().ternary();
    byte[] weights = test.values().weights(random, test.rows() * test.cols());
    int[] counts = test.cols() * test.rows() > 100_000 ? new int[]{1, 2, 33} : new int[]{1, 2, 3, 7, 8, 31, 32, 41};
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, weights, test.rows(), test.cols(), arena);
      for (int tokens : counts) {
        multipliesExactly(kernel, w, weights, test.values().activations(random, tokens * (test.cols() + 3) + 5),
            tokens);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void multipliesAnyNumberOfTokens(Named implementation) {
    Random random = new Random(SEED);
    TernaryKernel kernel = implementation.kernels().ternary();
    byte[] weights = Values.RANDOM.weights(random, 300 * 330);
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, weights, 300, 330, arena);
      for (int tokens = 1; tokens <= kernel.tileTokens(); tokens++) {
        multipliesExactly(kernel, w, weights, Values.RANDOM.activations(random, tokens * 333 + 5), tokens);
      }
    }
  }

  /** Sums that just fit into 16 bits, and just do not, in one token of the last tile. */
  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void sumsDoNotOverflowInOneToken(Named implementation) {
    TernaryKernel kernel = implementation.kernels().ternary();
    int cols = 2 * kernel.layout().chunkCols();
    byte[] weights = Values.PLUS_TIMES_LARGEST.weights(new Random(SEED), 130 * cols);
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, weights, 130, cols, arena);
      for (int total : new int[]{32_767, 32_768, 33_000, -32_768, -32_769}) {
        for (int large : new int[]{0, 40, 63}) {
          byte[] q = new byte[64 * (cols + 3) + 5];
          for (int c = 0; c < cols; c++) {
            q[5 + large * (cols + 3) + c] = (byte) (total * (c + 1L) / cols - total * (long) c / cols);
          }
          multipliesExactly(kernel, w, weights, q, 64);
        }
      }
    }
  }

  /** Chunks and blocks in parts, results and everything beside them compared. */
  private static void multipliesExactly(TernaryKernel kernel, TernaryMatrix w, byte[] weights, byte[] q, int tokens) {
    int qStride = w.cols() + 3;
    int sumStride = w.rows() + 5;
    try (Arena arena = Arena.ofConfined()) {
      TileScratch scratch = kernel.newTileScratch(arena);
      scratch.memory().fill((byte) 0xa5);
      Arrays.fill(scratch.block(), UNTOUCHED);
      MemorySegment tables = arena.allocate(kernel.tableBytes(w.cols(), tokens), TernaryMatrix.ALIGNMENT);
      tables.fill((byte) 0xa5);
      for (int chunk = w.chunks() - 1; chunk >= 0; chunk--) {
        kernel.prepare(q, 5, qStride, tokens, w.cols(), tables, chunk, chunk + 1);
      }
      int[] sums = new int[tokens * sumStride];
      Arrays.fill(sums, UNTOUCHED);
      int half = w.rowBlocks() / 2;
      kernel.multiply(w, tables, tokens, sums, 2, sumStride, half, w.rowBlocks(), scratch);
      kernel.multiply(w, tables, tokens, sums, 2, sumStride, 0, half, scratch);
      for (int t = 0; t < tokens; t++) {
        int from = t * sumStride + 2;
        assertArrayEquals(reference(weights, w.rows(), w.cols(), q, 5 + t * qStride),
            Arrays.copyOfRange(sums, from, from + w.rows()), "token " + t + " of " + tokens + ", seed " + SEED);
        assertEquals(UNTOUCHED, sums[from - 1], "a value before the sums was written");
        assertEquals(UNTOUCHED, sums[from + w.rows()], "a value after the sums was written");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatWouldLeaveItsArrays(Named implementation) {
    TernaryKernel kernel = implementation.kernels().ternary();
    int tooMany = kernel.tileTokens() + 1;
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = pack(kernel, new byte[200 * 300], 200, 300, arena);
      int chunks = w.chunks();
      MemorySegment tables = arena.allocate(kernel.tableBytes(300, 2), TernaryMatrix.ALIGNMENT);
      MemorySegment small = arena.allocate(kernel.tableBytes(300, 1) - 1, TernaryMatrix.ALIGNMENT);
      TileScratch scratch = kernel.newTileScratch(arena);
      byte[] q = new byte[300];
      int[] sums = new int[200];
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(q, 1, 0, 1, 300, tables, 0, chunks));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(q, 0, 1, 2, 300, tables, 0, chunks));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.prepare(q, 0, 0, 1, 300, tables, 0, chunks + 1));
      assertThrows(IllegalArgumentException.class, () -> kernel.prepare(q, 0, 0, 1, 300, small, 0, chunks));
      assertThrows(IllegalArgumentException.class, () -> kernel.prepare(q, 0, 0, tooMany, 300, tables, 0, chunks));
      assertThrows(IllegalArgumentException.class, () -> kernel.prepare(q, 0, 0, 0, 300, tables, 0, chunks));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.prepare(q, 0, 0, 1, 300, MemorySegment.ofArray(new byte[100_000]), 0, chunks));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, tables, 1, sums, 1, 0, 0, 2, scratch));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, tables, 2, sums, 0, 1, 0, 2, scratch));
      assertThrows(IndexOutOfBoundsException.class, () -> kernel.multiply(w, tables, 1, sums, 0, 0, 0, 3, scratch));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiply(w, small, 1, sums, 0, 0, 0, 2, scratch));
      assertThrows(IllegalArgumentException.class,
          () -> kernel.multiply(w, tables, tooMany, sums, 0, 0, 0, 2, scratch));
      assertThrows(IllegalArgumentException.class, () -> kernel.multiply(w, tables, 1, sums, 0, 0, 0, 2,
          new TileScratch(scratch.memory(), new int[127])));
      for (TernaryLayout other : TernaryLayout.values()) {
        if (other != kernel.layout()) {
          TernaryMatrix x = TernaryMatrix.pack(other, 200, 300, (row, trits) -> {}, arena);
          assertThrows(IllegalArgumentException.class,
              () -> kernel.multiply(x, tables, 1, sums, 0, 0, 0, 2, scratch));
        }
      }
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
      MemorySegment tables = arena.allocate(kernel.tableBytes(4, 1), TernaryMatrix.ALIGNMENT);
      TileScratch scratch = kernel.newTileScratch(arena);
      assertThrows(IllegalStateException.class,
          () -> kernel.multiply(w, tables, 1, new int[2], 0, 0, 0, 1, scratch));
    }
  }
}
