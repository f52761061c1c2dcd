/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Has the JVM compile the kernels before they are needed. Until then every vector operation allocates and loops over its lanes, so
 * that the first step of a large model would take as long as hundreds of later ones; on the small matrices here it costs little.
 *
 * <p>
 * What is compiled cannot be asked, but seen: a round of calls becomes many times faster and then stays as it is.
 */
public final class KernelWarmUp {

  /** Calls of each kernel in a round. */
  private static final int CALLS = 20;
  /** Rounds that are run at least; fewer calls in all do not make the JVM compile anything. */
  private static final int LEAST_ROUNDS = 40;
  /** Rounds without a faster one after which nothing more is expected. */
  private static final int STEADY_ROUNDS = 25;
  /** A round counts as faster when it takes less than this share of the fastest before. */
  private static final double FASTER = 0.9;

  private static final int ROWS = TernaryMatrix.BLOCK_ROWS;
  private static final int COLS = 256;
  private static final int DENSE_ROWS = 16;

  private final Kernels kernels;
  private final Set<DenseType> types;

  /** @param types of the dense matrices that will be used */
  public KernelWarmUp(Kernels kernels, Set<DenseType> types) {
    this.kernels = kernels;
    this.types = Set.copyOf(types);
  }

  /**
   * Calls the kernels on the calling thread until they are compiled.
   *
   * @param stop     asked between rounds whether to leave off
   * @param maxNanos for how long at most
   */
  public void run(BooleanSupplier stop, long maxNanos) {
    long start = System.nanoTime();
    try (Arena arena = Arena.ofConfined()) {
      var round = new Round(arena);
      double fastest = Double.MAX_VALUE;
      int steady = 0;
      for (int rounds = 0; rounds < LEAST_ROUNDS || steady < STEADY_ROUNDS; rounds++) {
        long begin = System.nanoTime();
        if (stop.getAsBoolean() || begin - start > maxNanos) {
          return;
        }
        round.run();
        double nanos = System.nanoTime() - begin;
        steady = nanos < FASTER * fastest ? 0 : steady + 1;
        fastest = Math.min(fastest, nanos);
      }
    }
  }

  /** One round's operands. */
  private final class Round {

    private final TernaryKernel ternary = kernels.ternary();
    private final TernaryMatrix matrix;
    private final MemorySegment tables;
    private final TileScratch scratch;
    private final byte[] quantised;
    private final int[] sums;
    private final DenseMatrix[] dense;
    private final float[] x;
    private final float[] y;

    Round(Arena arena) {
      int tokens = ternary.tileTokens();
      matrix = TernaryMatrix.pack(ternary.layout(), ROWS, COLS, (row, trits) -> {
        for (int i = 0; i < trits.length; i++) {
          trits[i] = (byte) ((row + i) % 3 - 1);
        }
      }, arena);
      tables = arena.allocate(ternary.tableBytes(COLS, tokens), TernaryMatrix.ALIGNMENT);
      scratch = ternary.newTileScratch(arena);
      quantised = new byte[tokens * COLS];
      sums = new int[tokens * ROWS];
      dense = types.stream().map(type -> new DenseMatrix(type, DENSE_ROWS, COLS,
          arena.allocate(DENSE_ROWS * type.rowBytes(COLS), TernaryMatrix.ALIGNMENT))).toArray(DenseMatrix[]::new);
      x = new float[tokens * COLS];
      y = new float[tokens * COLS];
      for (int i = 0; i < x.length; i++) {
        x[i] = (i % 31) / 31f - 0.5f;
      }
    }

    void run() {
      for (int i = 0; i < CALLS; i++) {
        VectorMath math = kernels.math();
        math.rmsNorm(x, 0, x, 1e-5f, y, 0, COLS);
        math.quantise(x, 0, COLS, quantised, 0);
        multiply(1);
        math.scaleSums(sums, 0, 1, y, 0, ROWS);
        math.reluSquaredTimes(x, 0, y, 0, y, 0, COLS);
        math.siluTimes(x, 0, y, 0, y, 0, COLS);
        math.addScaled(y, 0, 0.5f, x, 0, COLS);
        for (DenseMatrix one : dense) {
          kernels.dense().multiply(one, x, 0, y, 0, 0, DENSE_ROWS);
          kernels.dense().decodeRow(one, 0, y, 0);
        }
      }
      for (int i = 0; i < CALLS / 4; i++) {
        multiply(ternary.tileTokens());
        for (DenseMatrix one : dense) {
          kernels.dense().multiplyTile(one, x, COLS, Math.min(5, ternary.tileTokens()), y, COLS, 0, 0, DENSE_ROWS);
        }
      }
    }

    private void multiply(int tokens) {
      ternary.prepare(quantised, 0, COLS, tokens, COLS, tables, 0, matrix.chunks());
      ternary.multiply(matrix, tables, tokens, sums, 0, ROWS, 0, matrix.rowBlocks(), scratch);
    }
  }
}
