/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.KernelChecks;
import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.TileScratch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Lut4.CHUNK_COLS;
import static dev.trine.compute.kernel.vector.Lut4.TILE_BYTES;

/** Ternary products: decode as this processor does it best, prefill by {@link FourRussians}. */
final class VectorTernaryKernel implements TernaryKernel {

  private final TernaryDecode decode;

  VectorTernaryKernel(TernaryDecode decode) {
    this.decode = decode;
  }

  @Override
  public TernaryLayout layout() {
    return TernaryLayout.LUT4;
  }

  @Override
  public long tableBytes(int cols) {
    return (long) layout().chunks(cols) * decode.chunkTableBytes();
  }

  @Override
  public void prepare(byte[] q, int offset, int cols, MemorySegment tables, int fromChunk, int toChunk) {
    KernelChecks.prepare(layout(), q, offset, cols, tables, tableBytes(cols), fromChunk, toChunk);
    try {
      for (int chunk = fromChunk; chunk < toChunk; chunk++) {
        int col = chunk * CHUNK_COLS;
        decode.prepareChunk(q, offset + col, Math.min(CHUNK_COLS, cols - col),
            tables.address() + (long) chunk * decode.chunkTableBytes());
      }
    } finally {
      Reference.reachabilityFence(tables);
    }
  }

  /** Chunk by chunk, so that a chunk's tables stay in the first-level cache while the weights stream past. */
  @Override
  public void multiply(TernaryMatrix w, MemorySegment tables, int[] sums, int sumOffset, int fromBlock, int toBlock) {
    KernelChecks.multiply(layout(), w, tables, tableBytes(w.cols()), sums, sumOffset, fromBlock, toBlock);
    try {
      int firstRow = fromBlock * BLOCK_ROWS;
      int wholeBlocks = Math.min(toBlock, w.rows() / BLOCK_ROWS);
      if (fromBlock < wholeBlocks) {
        Arrays.fill(sums, sumOffset + firstRow, sumOffset + wholeBlocks * BLOCK_ROWS, 0);
        addBlocks(w, tables.address(), sums, sumOffset + firstRow, fromBlock, wholeBlocks);
      }
      if (wholeBlocks < toBlock && fromBlock < toBlock) {
        int[] padded = new int[BLOCK_ROWS];
        addBlocks(w, tables.address(), padded, 0, toBlock - 1, toBlock);
        int row = (toBlock - 1) * BLOCK_ROWS;
        System.arraycopy(padded, 0, sums, sumOffset + row, w.rows() - row);
      }
    } finally {
      Reference.reachabilityFence(tables);
      Reference.reachabilityFence(w);
    }
  }

  private void addBlocks(TernaryMatrix w, long tables, int[] sums, int offset, int fromBlock, int toBlock) {
    long packed = w.packed().address();
    for (int chunk = 0; chunk < w.chunks(); chunk++) {
      long chunkTables = tables + (long) chunk * decode.chunkTableBytes();
      long tiles = packed + (long) chunk * w.rowBlocks() * TILE_BYTES;
      for (int block = fromBlock; block < toBlock; block++) {
        decode.addTile(tiles + (long) block * TILE_BYTES, chunkTables, sums, offset + (block - fromBlock) * BLOCK_ROWS);
      }
    }
  }

  @Override
  public void multiplyTile(TernaryMatrix w, byte[] q, int qStride, int tokens, int[] sums, int sumStride, int sumOffset,
      int fromBlock, int toBlock, TileScratch scratch) {
    KernelChecks.multiplyTile(layout(), w, q, qStride, tokens, FourRussians.TOKENS, sums, sumStride, sumOffset,
        fromBlock,
        toBlock,
        scratch, FourRussians.SCRATCH_BYTES);
    try {
      FourRussians.multiply(w, q, qStride, tokens, sums, sumStride, sumOffset, fromBlock, toBlock,
          scratch.memory().address());
    } finally {
      Reference.reachabilityFence(scratch);
      Reference.reachabilityFence(w);
    }
  }

  @Override
  public TileScratch newTileScratch(Arena arena) {
    return new TileScratch(arena.allocate(FourRussians.SCRATCH_BYTES, TernaryMatrix.ALIGNMENT));
  }

  @Override
  public int tileTokens() {
    return FourRussians.TOKENS;
  }
}
