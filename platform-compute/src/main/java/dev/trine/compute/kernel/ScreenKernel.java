/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Approximate products of a {@link ScreenMatrix} and float activations, with a measure of their error. For the weights {@code w} that
 * the matrix was made from, {@code score - Σ w x} exceeds {@code k} times the deviation with a probability of at most
 * {@code 2 exp(-k² / 2)}, and likewise falls below minus that: by Hoeffding's inequality {@code exp(-k² / 2)} each for the part that
 * comes from the rounding of weights and, whatever these were rounded to, the part that comes from the rounding of activations.
 *
 * <p>
 * Activations are rounded to -{@value #MAX_ACTIVATION}..{@value #MAX_ACTIVATION}, up or down at random but the same way every time.
 * All implementations give the same bits.
 */
public interface ScreenKernel {

  /** Largest magnitude of a rounded activation: 64 of them times the largest level stay within 16 bits. */
  int MAX_ACTIVATION = 100;

  /** Ints of scratch memory for {@link #multiply}. */
  int SCRATCH_INTS = ScreenMatrix.BLOCK_ROWS;

  /**
   * Size of the tables of one activation row.
   *
   * @return bytes to allocate, 64-byte aligned
   */
  long tableBytes(int cols);

  /**
   * What a rounded activation is a multiple of: the largest magnitude over {@value #MAX_ACTIVATION}.
   *
   * @return the step; 1 when all activations are zero, no finite number when one of them is none. Only those from
   *     {@link ScreenMatrix#SMALLEST_STEP} to {@link ScreenMatrix#LARGEST_STEP} can be screened.
   */
  static float activationStep(float[] x, int offset, int cols) {
    float largest = 0;
    for (int c = 0; c < cols; c++) {
      largest = Math.max(largest, Math.abs(x[offset + c]));
    }
    float step = largest / MAX_ACTIVATION;
    return step == 0 ? 1 : step;
  }

  /**
   * Builds the tables for blocks {@code [fromBlock, toBlock)} of 64 columns. Workers may do disjoint ones at the same time.
   *
   * @param x      finite activations, {@code x[offset..offset + cols)}
   * @param step   {@link #activationStep} of them
   * @param tables native memory of {@code tableBytes(cols)} bytes, 64-byte aligned
   * @throws IllegalArgumentException for tables that are too small or not aligned
   * @throws IndexOutOfBoundsException for ranges outside the array or the blocks
   */
  void prepare(float[] x, int offset, int cols, float step, MemorySegment tables, int fromBlock, int toBlock);

  /**
   * Scores of the rows of blocks {@code [fromBlock, toBlock)} for several activation rows; each part of the matrix is read once. Memory is
   * read best where the blocks are those of whole panels, or many of one.
   *
   * @param tables     for each token, {@code tableBytes(cols)} bytes one after the other
   * @param steps      the activation step of each token
   * @param tokens     activation rows, at least 1
   * @param scores     {@code [tokens, stride]}; the scores of the blocks' rows are written, of those that pad too
   * @param deviations likewise; what the errors' standard deviations are below
   * @param stride     at least the number of rows, rounded up to whole blocks
   * @param scratch    {@value #SCRATCH_INTS} ints that no other worker uses meanwhile
   * @throws IllegalArgumentException for tables that are too small or not aligned
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the blocks
   */
  void multiply(ScreenMatrix w, MemorySegment tables, float[] steps, int tokens, float[] scores, float[] deviations,
      int stride, int fromBlock, int toBlock, int[] scratch);
}
