/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;

/** The specification of ternary products, for any layout. Its "tables" are the activations themselves, padded with zeros. */
final class ScalarTernaryKernel implements TernaryKernel {

  private static final int TILE_TOKENS = 128;
  private static final int BYTE_VALUES = 256;

  private final TernaryLayout layout;
  private final int groupCols;

  /** The trits of each byte that is a code. */
  private final byte[] trits;

  ScalarTernaryKernel(TernaryLayout layout) {
    this.layout = layout;
    this.groupCols = layout.groupCols();
    this.trits = new byte[BYTE_VALUES * groupCols];
    for (int code = 0; code < BYTE_VALUES; code++) {
      for (int i = 0; i < groupCols; i++) {
        trits[code * groupCols + i] = layout.trit((byte) code, i);
      }
    }
  }

  @Override
  public TernaryLayout layout() {
    return layout;
  }

  @Override
  public int tileTokens() {
    return TILE_TOKENS;
  }

  private int paddedCols(int cols) {
    return layout.chunks(cols) * layout.chunkCols();
  }

  @Override
  public long tableBytes(int cols, int tokens) {
    return (long) tokens * paddedCols(cols);
  }

  @Override
  public void prepare(byte[] q, int offset, int stride, int tokens, int cols, MemorySegment tables, int fromChunk,
      int toChunk) {
    KernelChecks.prepare(this, q, offset, stride, tokens, cols, tables, fromChunk, toChunk);
    for (int t = 0; t < tokens; t++) {
      for (int c = fromChunk * layout.chunkCols(); c < toChunk * layout.chunkCols(); c++) {
        tables.set(ValueLayout.JAVA_BYTE, (long) t * paddedCols(cols) + c, c < cols ? q[offset + t * stride + c] : 0);
      }
    }
  }

  @Override
  public int passes(int tokens) {
    KernelChecks.tokens(this, tokens);
    return 1;
  }

  @Override
  public int passStart(int tokens, int pass) {
    return pass == 0 ? 0 : tokens;
  }

  @Override
  public int smallestPart(int tokens, int pass) {
    return 1;
  }

  @Override
  public void multiplyPass(TernaryMatrix w, MemorySegment tables, int tokens, int pass, int[] sums, int sumOffset,
      int sumStride, int fromBlock, int toBlock, TileScratch scratch) {
    KernelChecks.multiplyPass(this, w, tables, tokens, pass, sums, sumOffset, sumStride, fromBlock, toBlock, scratch,
        0);
    int cols = paddedCols(w.cols());
    int[] q = scratch.block();
    for (int t = 0; t < tokens; t++) {
      int offset = sumOffset + t * sumStride;
      clear(w, sums, offset, fromBlock, toBlock);
      for (int c = 0; c < cols; c += groupCols) {
        for (int i = 0; i < groupCols; i++) {
          q[i] = tables.get(ValueLayout.JAVA_BYTE, (long) t * cols + c + i);
        }
        addGroup(w, c, q, sums, offset, fromBlock, toBlock);
      }
    }
  }

  /** Adds the products of the group of columns from {@code c} on to the sums of all rows of the blocks. */
  private void addGroup(TernaryMatrix w, int c, int[] q, int[] sums, int sumOffset, int fromBlock, int toBlock) {
    MemorySegment packed = w.packed();
    int chunkCols = layout.chunkCols();
    for (int block = fromBlock; block < toBlock; block++) {
      long tile = ((long) (c / chunkCols) * w.rowBlocks() + block) * layout.tileBytes();
      long group = tile + (long) (c % chunkCols / groupCols) * BLOCK_ROWS;
      int firstRow = block * BLOCK_ROWS;
      int rows = Math.min(BLOCK_ROWS, w.rows() - firstRow);
      for (int r = 0; r < rows; r++) {
        int code = packed.get(ValueLayout.JAVA_BYTE, group + TernaryMatrix.lane(r)) & 0xff;
        int sum = 0;
        for (int i = 0; i < groupCols; i++) {
          sum += trits[code * groupCols + i] * q[i];
        }
        sums[sumOffset + firstRow + r] += sum;
      }
    }
  }

  private static void clear(TernaryMatrix w, int[] sums, int sumOffset, int fromBlock, int toBlock) {
    int firstRow = Math.min(fromBlock * BLOCK_ROWS, w.rows());
    int endRow = Math.min(toBlock * BLOCK_ROWS, w.rows());
    Arrays.fill(sums, sumOffset + firstRow, sumOffset + endRow, 0);
  }

  @Override
  public TileScratch newTileScratch(Arena arena) {
    return new TileScratch(arena.allocate(TernaryMatrix.ALIGNMENT, TernaryMatrix.ALIGNMENT), new int[BLOCK_ROWS]);
  }
}
