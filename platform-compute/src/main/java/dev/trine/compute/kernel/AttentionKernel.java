/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The parts of attention that touch keys and values, for one head over a few blocks of {@link KeyValueLayout#POSITIONS}
 * positions. Several rows of queries go together: the query heads of a group, and several tokens in prefill. The result of a
 * row does not depend on the rows that it shares a call with, and that of a position not on the blocks that come with it.
 *
 * <p>Block {@code i} of a call lies in {@code pages[fromPage + i]}, native memory aligned to 64 bytes, from {@code offset} on.
 * All methods throw {@link IndexOutOfBoundsException} for ranges outside their arrays and pages, and
 * {@link IllegalArgumentException} for other arguments that are out of range.
 */
public interface AttentionKernel {

  /**
   * Writes the keys and the values of consecutive positions of one block. What is not a number becomes 0 in types other than
   * F32.
   *
   * @param page     memory of the block, from {@code offset} on
   * @param position first position within the block
   * @param count    number of positions
   * @param key      {@code [count, stride]} from {@code keyOffset} on, the first {@code headDim} of each row are read
   * @param value    {@code [count, stride]} from {@code valueOffset} on, the first {@code headDim} of each row are read
   */
  void store(KeyValueLayout layout, MemorySegment page, long offset, int position, int count, float[] key,
      int keyOffset,
      float[] value, int valueOffset, int stride);

  /**
   * Products of queries with keys: {@code scores[scoreOffset + row * scoreStride + i * 32 + position]} for all 32 positions of
   * each block, also those that have not been written and whose scores mean nothing.
   *
   * @param blocks  at least 1
   * @param queries {@code [rows, headDim]} from {@code queryOffset} on
   * @param rows    at least 1
   */
  void scores(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int blocks, long offset, float[] queries,
      int queryOffset, int rows, float[] scores, int scoreOffset, int scoreStride);

  /**
   * Replaces scores by their exponentials, with the largest score subtracted first. Those of negative infinity become 0; at
   * least one must be finite.
   *
   * @param length multiple of 32, at least that
   * @param max    receives the largest score at {@code index}
   * @param sum    receives the sum of the exponentials at {@code index}, at least 1
   */
  void exponentials(float[] scores, int offset, int length, float[] max, float[] sum, int index);

  /**
   * Adds weighted values: {@code out[outOffset + row * valueDim + dim] += Σ weight * value} over the first {@code positions}
   * of the blocks together.
   *
   * @param positions more than fit all blocks but the last; what lies behind them is not looked at
   * @param weights   {@code [rows, weightStride]} from {@code weightOffset} on, {@code weightStride} at least 32 a block; used
   *                  up: where the type has scales, they are multiplied by those in place
   * @param rows      at least 1
   * @param out       {@code [rows, valueDim]} from {@code outOffset} on
   */
  void addValues(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int positions, long offset,
      float[] weights,
      int weightOffset, int weightStride, int rows, float[] out, int outOffset);
}
