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
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Has the JVM compile the kernels that one token takes before they are needed. Until then every vector operation allocates and loops over its lanes, so
 * that the first step of a large model would take as long as hundreds of later ones; on the small matrices here it costs little. The kernels of long prompts are left to the prompt, whose
 * steps are long enough to have them compiled.
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
  private static final int HEAD_DIM = 3 * KeyValueLayout.POSITIONS;
  /** Heads that share keys and values. */
  private static final int QUERIES = 4;

  private final Kernels kernels;
  private final Set<DenseType> types;
  private final KeyValueType keyValueType;

  /** Some kernels with operands of their own. */
  @FunctionalInterface
  private interface Drill {
    void run();
  }

  /**
   * @param types        of the dense matrices that will be used
   * @param keyValueType how keys and values will be stored
   */
  public KernelWarmUp(Kernels kernels, Set<DenseType> types, KeyValueType keyValueType) {
    this.kernels = kernels;
    this.types = Set.copyOf(types);
    this.keyValueType = keyValueType;
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
      List<Drill> drills = drills(arena);
      double fastest = Double.MAX_VALUE;
      int steady = 0;
      for (int rounds = 0; rounds < LEAST_ROUNDS || steady < STEADY_ROUNDS; rounds++) {
        long begin = System.nanoTime();
        if (stop.getAsBoolean() || begin - start > maxNanos) {
          return;
        }
        for (Drill drill : drills) {
          for (int i = 0; i < CALLS; i++) {
            drill.run();
          }
        }
        double nanos = System.nanoTime() - begin;
        steady = nanos < FASTER * fastest ? 0 : steady + 1;
        fastest = Math.min(fastest, nanos);
      }
    }
  }

  /** What one token takes. */
  private List<Drill> drills(Arena arena) {
    var drills = new ArrayList<Drill>();
    drills.add(ternary(arena));
    drills.add(attention(arena));
    kernels.screen().ifPresent(screen -> drills.add(screen(screen, arena)));
    types.forEach(type -> drills.add(dense(type, arena)));
    drills.add(math());
    return drills;
  }

  private static float[] wave(int length) {
    var x = new float[length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i % 31) / 31f - 0.5f;
    }
    return x;
  }

  private Drill ternary(Arena arena) {
    TernaryKernel ternary = kernels.ternary();
    TernaryMatrix matrix = TernaryMatrix.pack(ternary.layout(), ROWS, COLS, (row, trits) -> {
      for (int i = 0; i < trits.length; i++) {
        trits[i] = (byte) ((row + i) % 3 - 1);
      }
    }, arena);
    MemorySegment tables = arena.allocate(ternary.tableBytes(COLS, 1), TernaryMatrix.ALIGNMENT);
    TileScratch scratch = ternary.newTileScratch(arena);
    var quantised = new byte[COLS];
    Arrays.fill(quantised, (byte) 1);
    var sums = new int[ROWS];
    return () -> {
      ternary.prepare(quantised, 0, COLS, 1, COLS, tables, 0, matrix.chunks());
      ternary.multiply(matrix, tables, 1, sums, 0, ROWS, 0, matrix.rowBlocks(), scratch);
    };
  }

  private Drill dense(DenseType type, Arena arena) {
    DenseKernel dense = kernels.dense();
    var matrix = new DenseMatrix(type, DENSE_ROWS, COLS,
        arena.allocate(DENSE_ROWS * type.rowBytes(COLS), TernaryMatrix.ALIGNMENT));
    float[] x = wave(COLS);
    var y = new float[COLS];
    return () -> {
      dense.multiply(matrix, x, 0, y, 0, 0, DENSE_ROWS);
      dense.decodeRow(matrix, 0, y, 0);
    };
  }

  private Drill attention(Arena arena) {
    AttentionKernel attention = kernels.attention();
    var layout = new KeyValueLayout(keyValueType, HEAD_DIM);
    int positions = 3 * KeyValueLayout.POSITIONS;
    var pages = new MemorySegment[3];
    Arrays.setAll(pages, i -> arena.allocate(layout.blockBytes(), TernaryMatrix.ALIGNMENT));
    float[] queries = wave(QUERIES * HEAD_DIM);
    var scores = new float[QUERIES * positions];
    var out = new float[QUERIES * layout.valueDim()];
    var max = new float[1];
    var sum = new float[1];
    return () -> {
      attention.store(layout, pages[0], 0, 0, 1, queries, 0, queries, 0, HEAD_DIM);
      attention.scores(layout, pages, 0, pages.length, 0, queries, 0, QUERIES, scores, 0, positions);
      attention.exponentials(scores, 0, positions, max, sum, 0);
      attention.addValues(layout, pages, 0, positions, 0, scores, 0, positions, QUERIES, out, 0);
    };
  }

  private static Drill screen(ScreenKernel screen, Arena arena) {
    MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(ROWS, COLS), ScreenMatrix.ALIGNMENT);
    ScreenMatrix.packInto(ROWS, COLS, (row, out) -> System.arraycopy(wave(COLS), 0, out, 0, COLS), packed, 0,
        ScreenMatrix.rowBlocks(ROWS));
    ScreenMatrix matrix = ScreenMatrix.wrap(ROWS, COLS, packed);
    MemorySegment tables = arena.allocate(screen.tableBytes(COLS), ScreenMatrix.ALIGNMENT);
    float[] x = wave(COLS);
    var steps = new float[]{ScreenKernel.activationStep(x, 0, COLS)};
    var scores = new float[ROWS];
    var deviations = new float[ROWS];
    var scratch = new int[ScreenKernel.SCRATCH_INTS];
    return () -> {
      screen.prepare(x, 0, COLS, steps[0], tables, 0, matrix.colBlocks());
      screen.multiply(matrix, tables, steps, 1, scores, deviations, ROWS, 0, matrix.rowBlocks(), scratch);
    };
  }

  private Drill math() {
    VectorMath math = kernels.math();
    float[] x = wave(COLS);
    var y = new float[COLS];
    var quantised = new byte[COLS];
    var sums = new int[COLS];
    return () -> {
      math.rmsNorm(x, 0, x, 1e-5f, y, 0, COLS);
      math.quantise(y, 0, COLS, quantised, 0);
      math.scaleSums(sums, 0, 1, y, 0, COLS);
      math.reluSquaredTimes(x, 0, y, 0, y, 0, COLS);
      math.siluTimes(x, 0, y, 0, y, 0, COLS);
      math.addScaled(y, 0, 0.5f, x, 0, COLS);
    };
  }
}
