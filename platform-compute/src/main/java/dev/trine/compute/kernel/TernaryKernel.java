/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of a ternary matrix with the int8 activations of one or more tokens; sums are exact int32, hence the same for a
 * token whatever other tokens are with it. Activations lie in -127..127: absmax quantisation never yields -128, and lookup
 * tables have no room for it.
 *
 * <p>
 * First all workers {@link #prepare} tables from the activations, each some chunks of columns; when all have finished, all
 * {@link #multiplyPass}, each some blocks of rows in some of the passes. The kernel knows what is fastest for how many tokens.
 */
public interface TernaryKernel {

  /** The layout that matrices must have. */
  TernaryLayout layout();

  /** Most tokens of one call. */
  int tileTokens();

  /**
   * Size of the tables for any number of tokens up to {@code tokens}.
   *
   * @param cols columns of the matrix
   * @param tokens 1..{@link #tileTokens}
   * @return bytes to allocate, 64-byte aligned, for {@link #prepare}
   */
  long tableBytes(int cols, int tokens);

  /**
   * Builds the tables for columns of chunks {@code [fromChunk, toChunk)} of the layout. Workers may build disjoint chunks at
   * the same time; all must have finished before {@link #multiplyPass}. Tables depend on the activations and {@code cols} alone,
   * so matrices that share an input share them.
   *
   * @param q activations, {@code q[offset + token * stride + col]}
   * @param tokens 1..{@link #tileTokens}
   * @param tables native memory of at least {@code tableBytes(cols, tokens)} bytes, 64-byte aligned
   * @throws IllegalArgumentException for tables that are too small or not aligned, or a token count out of range
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the chunks
   */
  void prepare(byte[] q, int offset, int stride, int tokens, int cols, MemorySegment tables, int fromChunk,
      int toChunk);

  /**
   * Passes over the weights in which so many tokens are multiplied. Workers may share out passes, blocks of rows, or both.
   *
   * @param tokens 1..{@link #tileTokens}
   * @return at least 1
   * @throws IllegalArgumentException for a token count out of range
   */
  int passes(int tokens);

  /** First token of a pass; behind the last pass, {@code tokens}. */
  int passStart(int tokens, int pass);

  /** Blocks of rows below which a pass had better not be shared out, because each part begins with work that its rows share. */
  int smallestPart(int tokens, int pass);

  /**
   * Multiplies the tokens of one pass: {@code sums[sumOffset + token * sumStride + row] = Σ w[row][col] * q[token][col]} for the rows of
   * blocks {@code [fromBlock, toBlock)}, 128 rows each. Rows that are padding are not written.
   *
   * @param tokens all tokens, as for {@link #prepare}
   * @param pass 0..{@link #passes}{@code (tokens)} - 1
   * @param tables what {@link #prepare} built for all chunks and as many tokens
   * @param scratch memory that no other worker uses meanwhile
   * @throws IllegalArgumentException for a matrix of another layout, tables that are too small or not aligned, a token count or a
   *     pass out of range or scratch memory of another kernel
   * @throws IndexOutOfBoundsException for ranges outside the array or the blocks
   */
  void multiplyPass(TernaryMatrix w, MemorySegment tables, int tokens, int pass, int[] sums, int sumOffset,
      int sumStride, int fromBlock, int toBlock, TileScratch scratch);

  /** All passes of {@link #multiplyPass}. */
  default void multiply(TernaryMatrix w, MemorySegment tables, int tokens, int[] sums, int sumOffset, int sumStride,
      int fromBlock, int toBlock, TileScratch scratch) {
    int passes = passes(tokens);
    for (int pass = 0; pass < passes; pass++) {
      multiplyPass(w, tables, tokens, pass, sums, sumOffset, sumStride, fromBlock, toBlock, scratch);
    }
  }

  /**
   * Working memory of {@link #multiplyPass} for one worker, good for matrices of any size.
   *
   * @param arena owner of the memory; the worker's thread must be allowed to use it
   */
  TileScratch newTileScratch(Arena arena);
}
