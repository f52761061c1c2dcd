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
import static dev.trine.compute.kernel.TernaryMatrix.CHUNK_COLS;
import static dev.trine.compute.kernel.TernaryMatrix.CODES;
import static dev.trine.compute.kernel.TernaryMatrix.GROUP_COLS;
import static dev.trine.compute.kernel.TernaryMatrix.TILE_BYTES;

/** The specification of ternary products. Its "tables" are the activations themselves, padded with zeros. */
final class ScalarTernaryKernel implements TernaryKernel {

  private static final int TILE_TOKENS = 32;

  /** The four trits of each code. */
  private static final byte[] TRITS = new byte[CODES * GROUP_COLS];

  static {
    for (int code = 0; code < CODES; code++) {
      for (int i = 0; i < GROUP_COLS; i++) {
        TRITS[code * GROUP_COLS + i] = TernaryMatrix.trit(code, i);
      }
    }
  }

  @Override
  public long tableBytes(int cols) {
    return (long) TernaryMatrix.chunks(cols) * CHUNK_COLS;
  }

  @Override
  public void prepare(byte[] q, int offset, int cols, MemorySegment tables, int fromChunk, int toChunk) {
    KernelChecks.prepare(q, offset, cols, tables, tableBytes(cols), fromChunk, toChunk);
    for (int c = fromChunk * CHUNK_COLS; c < toChunk * CHUNK_COLS; c++) {
      tables.set(ValueLayout.JAVA_BYTE, c, c < cols ? q[offset + c] : 0);
    }
  }

  @Override
  public void multiply(TernaryMatrix w, MemorySegment tables, int[] sums, int sumOffset, int fromBlock, int toBlock) {
    KernelChecks.multiply(w, tables, tableBytes(w.cols()), sums, sumOffset, fromBlock, toBlock);
    clear(w, sums, sumOffset, fromBlock, toBlock);
    for (int c = 0; c < w.chunks() * CHUNK_COLS; c += GROUP_COLS) {
      int q0 = tables.get(ValueLayout.JAVA_BYTE, c);
      int q1 = tables.get(ValueLayout.JAVA_BYTE, c + 1L);
      int q2 = tables.get(ValueLayout.JAVA_BYTE, c + 2L);
      int q3 = tables.get(ValueLayout.JAVA_BYTE, c + 3L);
      addGroup(w, c, q0, q1, q2, q3, sums, sumOffset, fromBlock, toBlock);
    }
  }

  @Override
  public void multiplyTile(TernaryMatrix w, byte[] q, int qStride, int tokens, int[] sums, int sumStride, int sumOffset,
      int fromBlock, int toBlock, TileScratch scratch) {
    KernelChecks.multiplyTile(w, q, qStride, tokens, TILE_TOKENS, sums, sumStride, sumOffset, fromBlock, toBlock,
        scratch,
        0);
    int cols = w.cols();
    for (int t = 0; t < tokens; t++) {
      int offset = t * sumStride + sumOffset;
      clear(w, sums, offset, fromBlock, toBlock);
      for (int c = 0; c < cols; c += GROUP_COLS) {
        int i = t * qStride + c;
        int q1 = c + 1 < cols ? q[i + 1] : 0;
        int q2 = c + 2 < cols ? q[i + 2] : 0;
        int q3 = c + 3 < cols ? q[i + 3] : 0;
        addGroup(w, c, q[i], q1, q2, q3, sums, offset, fromBlock, toBlock);
      }
    }
  }

  /** Adds the products of columns {@code c..c + 3} to the sums of all rows of the blocks. */
  private static void addGroup(TernaryMatrix w, int c, int q0, int q1, int q2, int q3, int[] sums, int sumOffset,
      int fromBlock, int toBlock) {
    MemorySegment packed = w.packed();
    for (int block = fromBlock; block < toBlock; block++) {
      long tile = ((long) (c / CHUNK_COLS) * w.rowBlocks() + block) * TILE_BYTES;
      long group = tile + (long) (c % CHUNK_COLS / GROUP_COLS) * BLOCK_ROWS;
      int firstRow = block * BLOCK_ROWS;
      int rows = Math.min(BLOCK_ROWS, w.rows() - firstRow);
      for (int r = 0; r < rows; r++) {
        int trits = packed.get(ValueLayout.JAVA_BYTE, group + TernaryMatrix.lane(r)) * GROUP_COLS;
        sums[sumOffset + firstRow + r] += TRITS[trits] * q0 + TRITS[trits + 1] * q1 + TRITS[trits + 2] * q2
            + TRITS[trits + 3] * q3;
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
    return new TileScratch(arena.allocate(TernaryMatrix.ALIGNMENT, TernaryMatrix.ALIGNMENT));
  }

  @Override
  public int tileTokens() {
    return TILE_TOKENS;
  }
}
