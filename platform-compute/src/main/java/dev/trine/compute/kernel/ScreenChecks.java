/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What implementations of {@link ScreenKernel} have in common: their preconditions, and how an activation is rounded. */
public final class ScreenChecks {

  /** The sequence of random numbers for activations; those for weights count up from 0. */
  private static final long ACTIVATION_DITHER = 1L << 62;

  /** Covers the rounding of floating-point operations, which Hoeffding's inequality knows nothing of. */
  private static final float MARGIN = 1.01f;
  /** By Hoeffding's inequality half the root, see {@link #deviation}. */
  public static final float DEVIATION_FACTOR = MARGIN / 2;

  /**
   * What the sum of squares begins with, see {@link #deviation}: more than squares that are too small for a float can add up to, and next to
   * nothing otherwise.
   */
  public static final float LEAST_SQUARES = Float.MIN_NORMAL;

  private ScreenChecks() {}

  /** The arguments of {@link ScreenKernel#prepare}. */
  public static void prepare(float[] x, int offset, int cols, MemorySegment tables, long tableBytes, int fromBlock,
      int toBlock) {
    Objects.checkFromIndexSize(offset, cols, x.length);
    Objects.checkFromToIndex(fromBlock, toBlock, ScreenMatrix.colBlocks(cols));
    usable(tables, tableBytes);
  }

  /** The arguments of {@link ScreenKernel#multiply}. */
  public static void multiply(ScreenMatrix w, MemorySegment tables, long tableBytes, float[] steps, int tokens,
      float[] scores, float[] deviations, int stride, int fromBlock, int toBlock, int[] scratch) {
    Objects.checkFromToIndex(fromBlock, toBlock, w.rowBlocks());
    Objects.checkFromIndexSize(0, tokens, steps.length);
    int rows = w.rowBlocks() * ScreenMatrix.BLOCK_ROWS;
    if (tokens < 1 || stride < rows) {
      throw new IllegalArgumentException(tokens + " tokens with a stride of " + stride + " for " + rows + " rows");
    }
    long length = (tokens - 1L) * stride + rows;
    Objects.checkFromIndexSize(0, length, (long) scores.length);
    Objects.checkFromIndexSize(0, length, (long) deviations.length);
    Objects.checkFromIndexSize(0, ScreenKernel.SCRATCH_INTS, scratch.length);
    KernelChecks.alive(w.packed());
    usable(tables, tableBytes * tokens);
  }

  private static void usable(MemorySegment tables, long bytes) {
    if (tables.byteSize() < bytes || !tables.isNative() || tables.address() % ScreenMatrix.ALIGNMENT != 0) {
      throw new IllegalArgumentException(
          "tables need " + bytes + " bytes of native memory, aligned to 64 bytes; these have " + tables.byteSize());
    }
    KernelChecks.alive(tables);
  }

  /** Rounds an activation to a multiple of {@code 1 / reciprocal}, up or down at random, the same way for the same column. */
  public static int round(float x, float reciprocal, int col) {
    int value = (int) Math.floor(x * reciprocal + ScreenMatrix.uniform(ACTIVATION_DITHER + col));
    return Math.clamp(value, -ScreenKernel.MAX_ACTIVATION, ScreenKernel.MAX_ACTIVATION);
  }

  /** The Euclidean norm of some activations. */
  public static float norm(float[] x, int offset, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) x[offset + i] * x[offset + i];
    }
    return (float) Math.sqrt(sum);
  }

  /**
   * The deviation of a score: half the root of the sum of squared intervals, those of the weights' rounding and those of the
   * activations'.
   *
   * @param squares    {@link #LEAST_SQUARES} and Σ (step * norm of activations)² over groups of blocks, where step is the root of the sum
   *     of the blocks' squared steps, and norm the largest of the blocks'
   * @param step       the activations' step
   * @param weightNorm norm of the row's rounded weights
   */
  public static float deviation(float squares, float step, float weightNorm) {
    return DEVIATION_FACTOR * ((float) Math.sqrt(squares) + step * weightNorm);
  }
}
