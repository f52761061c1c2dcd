/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.TileScratch;
import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Times ternary kernels: decoding on a matrix larger than caches, tiles and single tokens on a small one. Methods take turns, so
 * that all see the same disturbances, and the least time of several is taken: whatever else the machine does only adds to it. That
 * takes a second or two, nearly all of it the compiler's warm-up, which the first tokens would need otherwise.
 */
final class KernelTimer {

  private static final int COLS = 2560;
  private static final int SMALL_ROWS = 2560;
  private static final long LARGE_BYTES = 64L << 20;
  private static final int PATTERN_BYTES = 1 << 16;
  private static final int LUT4_CODES = 81;
  /** Tokens that are multiplied singly. */
  private static final int FEW = 4;
  /** Tokens that are multiplied together. */
  private static final int MANY = 32;

  /** A matrix of one chunk and block, so that even interpreted code finishes in a moment. */
  private static final int TINY_COLS = 256;

  /** Compiled code multiplies the tiny matrix in some 10 µs, the interpreter in milliseconds. */
  private static final long COMPILED_NANOS = 100_000;
  private static final int COMPILED_CALLS = 30;

  /** For all methods together; a machine that needs longer is too busy for figures that mean anything. */
  private static final long WARM_UP_NANOS = 5_000_000_000L;
  private static final int ROUNDS = 5;

  /** One method, ready to run. */
  private static final class Candidate {

    private final Decode method;
    private final TernaryKernel singles;
    private final TernaryKernel tiles;
    private final TernaryMatrix tiny;
    private final TernaryMatrix small;
    private final TernaryMatrix large;
    private final MemorySegment tables;
    private final TileScratch scratch;
    private final byte[] q = new byte[MANY * COLS];
    private final int[] sums;
    private double decode = Double.MAX_VALUE;
    private double few = Double.MAX_VALUE;
    private double many = Double.MAX_VALUE;

    Candidate(Decode method, MemorySegment codes, Arena arena) {
      this.method = method;
      singles = new VectorKernels(method, Integer.MAX_VALUE).ternary();
      tiles = new VectorKernels(method, 1).ternary();
      TernaryLayout layout = singles.layout();
      tiny = wrap(layout, TernaryMatrix.BLOCK_ROWS, TINY_COLS, codes);
      small = wrap(layout, SMALL_ROWS, COLS, codes);
      long blockBytes = TernaryMatrix.packedBytes(layout, 1, COLS);
      large = wrap(layout, (int) (LARGE_BYTES / blockBytes) * TernaryMatrix.BLOCK_ROWS, COLS, codes);
      tables = arena.allocate(Math.max(singles.tableBytes(COLS, FEW), tiles.tableBytes(COLS, MANY)),
          TernaryMatrix.ALIGNMENT);
      scratch = singles.newTileScratch(arena);
      sums = new int[Math.max(large.rows(), MANY * SMALL_ROWS)];
      Arrays.fill(q, (byte) 1);
    }

    /** Codes of four trits are codes of five trits, too. */
    private static TernaryMatrix wrap(TernaryLayout layout, int rows, int cols, MemorySegment codes) {
      return TernaryMatrix.wrap(layout, rows, cols, codes.asSlice(0, TernaryMatrix.packedBytes(layout, rows, cols)));
    }

    private double time(TernaryKernel kernel, TernaryMatrix w, int tokens) {
      long start = System.nanoTime();
      kernel.prepare(q, 0, w.cols(), tokens, w.cols(), tables, 0, w.chunks());
      kernel.multiply(w, tables, tokens, sums, 0, w.rows(), 0, w.rowBlocks(), scratch);
      return System.nanoTime() - start;
    }

    boolean warmUp(long end) {
      return warmUp(singles, FEW, end) && warmUp(tiles, MANY, end);
    }

    private boolean warmUp(TernaryKernel kernel, int tokens, long end) {
      int fast = 0;
      while (fast < COMPILED_CALLS && System.nanoTime() - end < 0) {
        if (time(kernel, tiny, tokens) < COMPILED_NANOS) {
          fast++;
        }
      }
      return fast == COMPILED_CALLS;
    }

    void measure() {
      decode = Math.min(decode, time(singles, large, 1));
      few = Math.min(few, time(singles, small, FEW) / FEW);
      many = Math.min(many, time(tiles, small, MANY));
    }

    Measurement.Speed speed() {
      double weights = (double) large.rows() * COLS;
      int tiles = MANY / VectorKernels.TILE_TOKENS;
      double tileCost = many / few / tiles;
      return new Measurement.Speed(weights / (decode / 1e9), Math.clamp(Math.round(tileCost), 1, 1000));
    }
  }

  private KernelTimer() {}

  /** Measures some methods, all of which work here; empty when the machine is too busy to compile them in time. */
  static Optional<Measurement> measure(List<Decode> methods) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = codes(arena);
      List<Candidate> candidates = new ArrayList<>();
      for (Decode method : methods) {
        candidates.add(new Candidate(method, codes, arena));
      }
      long end = System.nanoTime() + WARM_UP_NANOS;
      for (Candidate candidate : candidates) {
        if (!candidate.warmUp(end)) {
          return Optional.empty();
        }
      }
      for (int round = 0; round < ROUNDS; round++) {
        candidates.forEach(Candidate::measure);
      }
      Map<Decode, Measurement.Speed> speeds = new EnumMap<>(Decode.class);
      candidates.forEach(candidate -> speeds.put(candidate.method, candidate.speed()));
      return Optional.of(new Measurement(speeds));
    }
  }

  private static MemorySegment codes(Arena arena) {
    MemorySegment codes = arena.allocate(LARGE_BYTES, TernaryMatrix.ALIGNMENT);
    Random random = new Random(1);
    for (int i = 0; i < PATTERN_BYTES; i++) {
      codes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(LUT4_CODES));
    }
    for (long i = PATTERN_BYTES; i < LARGE_BYTES; i += PATTERN_BYTES) {
      MemorySegment.copy(codes, 0, codes, i, PATTERN_BYTES);
    }
    return codes;
  }
}
