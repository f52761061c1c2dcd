/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_COLS;
import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_PAIRS;
import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.ScreenMatrix.LEVELS;
import static dev.trine.compute.kernel.ScreenMatrix.MAX_LEVEL;
import static dev.trine.compute.kernel.ScreenMatrix.PAIR_COLS;

/** The specification of {@link ScreenKernel}: plain loops. */
public final class ScalarScreenKernel implements ScreenKernel {

  /** For each block 64 rounded activations and the norm before rounding, aligned. */
  private static final int BLOCK_BYTES = BLOCK_COLS + ScreenMatrix.ALIGNMENT;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** Without state. */
  public ScalarScreenKernel() {}

  @Override
  public long tableBytes(int cols) {
    return (long) ScreenMatrix.colBlocks(cols) * BLOCK_BYTES;
  }

  @Override
  public void prepare(float[] x, int offset, int cols, float step, MemorySegment tables, int fromBlock, int toBlock) {
    ScreenChecks.prepare(x, offset, cols, tables, tableBytes(cols), fromBlock, toBlock);
    float reciprocal = 1 / step;
    for (int block = fromBlock; block < toBlock; block++) {
      long table = (long) block * BLOCK_BYTES;
      int first = block * BLOCK_COLS;
      int count = Math.min(BLOCK_COLS, cols - first);
      for (int c = 0; c < BLOCK_COLS; c++) {
        int rounded = c < count ? ScreenChecks.round(x[offset + first + c], reciprocal, first + c) : 0;
        tables.set(ValueLayout.JAVA_BYTE, table + c, (byte) rounded);
      }
      tables.set(FLOAT, table + BLOCK_COLS, ScreenChecks.norm(x, offset + first, count));
    }
  }

  @Override
  public void multiply(ScreenMatrix w, MemorySegment tables, float[] steps, int tokens, float[] scores,
      float[] deviations, int stride, int fromBlock, int toBlock, int[] scratch) {
    long tableBytes = tableBytes(w.cols());
    ScreenChecks.multiply(w, tables, tableBytes, steps, tokens, scores, deviations, stride, fromBlock, toBlock,
        scratch);
    for (int token = 0; token < tokens; token++) {
      for (int row = fromBlock * BLOCK_ROWS; row < toBlock * BLOCK_ROWS; row++) {
        float sum = 0;
        float squares = ScreenChecks.LEAST_SQUARES;
        for (int block = 0; block < w.colBlocks(); block++) {
          long tile = w.tileOffset(row / BLOCK_ROWS, block);
          long table = token * tableBytes + (long) block * BLOCK_BYTES;
          float step = Float.intBitsToFloat(w.packed().get(ValueLayout.JAVA_SHORT_UNALIGNED,
              tile + ScreenMatrix.TILE_CODE_BYTES + (long) (row % BLOCK_ROWS) * Short.BYTES) << 16);
          sum = Math.fma(step, dot(w.packed(), tile + TernaryMatrix.lane(row % BLOCK_ROWS), tables, table), sum);
        }
        for (int group = 0; group < w.colGroups(); group++) {
          float step = Float.intBitsToFloat(
              w.packed().get(ValueLayout.JAVA_SHORT_UNALIGNED, w.groupStepOffset(group, row)) << 16);
          float interval = step * largestNorm(w, tables, token * tableBytes, group);
          squares = Math.fma(interval, interval, squares);
        }
        float norm = w.packed().get(FLOAT, w.normOffset(row));
        scores[token * stride + row] = sum * steps[token];
        deviations[token * stride + row] = ScreenChecks.deviation(squares, steps[token], norm);
      }
    }
  }

  private static float largestNorm(ScreenMatrix w, MemorySegment tables, long offset, int group) {
    float largest = 0;
    int end = Math.min(w.colBlocks(), (group + 1) * ScreenMatrix.GROUP_BLOCKS);
    for (int block = group * ScreenMatrix.GROUP_BLOCKS; block < end; block++) {
      largest = Math.max(largest, tables.get(FLOAT, offset + (long) block * BLOCK_BYTES + BLOCK_COLS));
    }
    return largest;
  }

  private static int dot(MemorySegment packed, long codes, MemorySegment tables, long table) {
    int sum = 0;
    for (int pair = 0; pair < BLOCK_PAIRS; pair++) {
      int code = packed.get(ValueLayout.JAVA_BYTE, codes + (long) pair * BLOCK_ROWS);
      int q0 = tables.get(ValueLayout.JAVA_BYTE, table + (long) pair * PAIR_COLS);
      int q1 = tables.get(ValueLayout.JAVA_BYTE, table + (long) pair * PAIR_COLS + 1);
      sum += (code % LEVELS - MAX_LEVEL) * q0 + (code / LEVELS - MAX_LEVEL) * q1;
    }
    return sum;
  }
}
