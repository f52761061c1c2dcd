/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of a ternary matrix with int8 activations; sums are exact int32. Activations lie in -127..127: absmax
 * quantisation never yields -128, and the lookup tables have no room for it.
 */
public interface TernaryKernel {

  /** The layout that matrices must have. */
  TernaryLayout layout();

  /**
   * Size of the lookup tables for one activation row.
   *
   * @param cols columns of the matrix
   * @return bytes to allocate, 64-byte aligned, for {@link #prepare}
   */
  long tableBytes(int cols);

  /**
   * Builds the tables for columns of chunks {@code [fromChunk, toChunk)} of the layout. Workers may build disjoint
   * chunks at the same time; all must have finished before {@link #multiply}. Tables depend on the activations and
   * {@code cols} alone, so matrices that share an input share them.
   *
   * @param q activations, {@code q[offset..offset + cols)}
   * @param tables native memory of at least {@code tableBytes(cols)} bytes, 64-byte aligned
   * @throws IllegalArgumentException for tables that are too small or not aligned
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the chunks
   */
  void prepare(byte[] q, int offset, int cols, MemorySegment tables, int fromChunk, int toChunk);

  /**
   * Matrix times vector: {@code sums[sumOffset + row] = Σ w[row][col] * q[col]} for the rows of blocks
   * {@code [fromBlock, toBlock)}, 128 rows each. Rows that are padding are not written.
   *
   * @param tables what {@link #prepare} built for all chunks
   * @throws IllegalArgumentException for tables that are too small or not aligned
   * @throws IndexOutOfBoundsException for ranges outside the array or the blocks
   */
  void multiply(TernaryMatrix w, MemorySegment tables, int[] sums, int sumOffset, int fromBlock, int toBlock);

  /**
   * Matrix times several vectors, for prefill:
   * {@code sums[token * sumStride + sumOffset + row] = Σ w[row][col] * q[token * qStride + col]} for the rows of blocks
   * {@code [fromBlock, toBlock)}.
   *
   * @param tokens activation rows, 1..{@link #tileTokens()}
   * @param scratch memory that no other worker uses meanwhile
   * @throws IllegalArgumentException for a token count out of range or scratch memory of another kernel
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the blocks
   */
  void multiplyTile(TernaryMatrix w, byte[] q, int qStride, int tokens, int[] sums, int sumStride, int sumOffset,
      int fromBlock, int toBlock, TileScratch scratch);

  /**
   * Working memory of {@link #multiplyTile} for one worker, good for matrices of any size.
   *
   * @param arena owner of the memory; the worker's thread must be allowed to use it
   */
  TileScratch newTileScratch(Arena arena);

  /** Most tokens of one {@link #multiplyTile} call; fewer cost the same time. */
  int tileTokens();
}
