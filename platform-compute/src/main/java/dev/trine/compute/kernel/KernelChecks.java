/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The preconditions of kernels, checked once at their public entries. Implementations call these before anything else: what
 * follows may use memory without further checks.
 */
public final class KernelChecks {

  private KernelChecks() {}

  /** {@code offset..offset + length} lies within an array of {@code size} elements. */
  public static void range(int offset, int length, int size) {
    Objects.checkFromIndexSize(offset, length, size);
  }

  /** {@code index} lies within 0..{@code size}, exclusively. */
  public static void index(int index, int size) {
    Objects.checkIndex(index, size);
  }

  /** The arguments of {@link TernaryKernel#prepare}. */
  public static void prepare(TernaryKernel kernel, byte[] q, int offset, int stride, int tokens, int cols,
      MemorySegment tables, int fromChunk, int toChunk) {
    if (cols < 1) {
      throw new IllegalArgumentException("at least one column is needed, not " + cols);
    }
    tokens(kernel, tokens);
    rows(stride, tokens, offset, cols, q.length);
    Objects.checkFromToIndex(fromChunk, toChunk, kernel.layout().chunks(cols));
    tables(tables, kernel.tableBytes(cols, tokens));
    if (tables.isReadOnly()) {
      throw new IllegalArgumentException("lookup tables must be writable");
    }
  }

  /** The arguments of {@link TernaryKernel#multiplyPass}. */
  public static void multiplyPass(TernaryKernel kernel, TernaryMatrix w, MemorySegment tables, int tokens, int pass,
      int[] sums, int sumOffset, int sumStride, int fromBlock, int toBlock, TileScratch scratch, long scratchBytes) {
    blocks(kernel.layout(), w, fromBlock, toBlock);
    if (pass < 0 || pass >= kernel.passes(tokens)) {
      throw new IllegalArgumentException(
          tokens + " tokens take " + kernel.passes(tokens) + " passes, there is no pass " + pass);
    }
    tables(tables, kernel.tableBytes(w.cols(), tokens));
    rows(sumStride, tokens, sumOffset, w.rows(), sums.length);
    usable(scratch.memory(), scratchBytes, "scratch memory of a tile");
    if (scratch.block().length < TernaryMatrix.BLOCK_ROWS) {
      throw new IllegalArgumentException("scratch memory of a tile has room for a block of rows");
    }
  }

  /** The number of tokens of a call. */
  public static void tokens(TernaryKernel kernel, int tokens) {
    if (tokens < 1 || tokens > kernel.tileTokens()) {
      throw new IllegalArgumentException("a tile has 1.." + kernel.tileTokens() + " tokens, not " + tokens);
    }
  }

  /** The arguments of {@link DenseKernel#multiply}. */
  public static void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    Objects.checkFromToIndex(fromRow, toRow, w.rows());
    range(xOffset, w.cols(), x.length);
    Objects.checkFromToIndex(yOffset + (long) fromRow, yOffset + (long) toRow, y.length);
    alive(w.data());
  }

  /** The arguments of {@link DenseKernel#multiplyTile}. */
  public static void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride,
      int yOffset,
      int fromRow, int toRow) {
    Objects.checkFromToIndex(fromRow, toRow, w.rows());
    if (tokens < 1) {
      throw new IllegalArgumentException("a tile has at least one token, not " + tokens);
    }
    rows(xStride, tokens, 0, w.cols(), x.length);
    rows(yStride, tokens, yOffset, toRow, y.length);
    alive(w.data());
  }

  /** The arguments of {@link DenseKernel#multiplyInt8}. */
  public static void multiplyInt8(DenseMatrix w, Int8Vectors x, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    if (!w.type().hasInt8Products()) {
      throw new IllegalArgumentException(w.type() + " is not multiplied with vectors of 8 bits");
    }
    if (x.cols() != w.cols() || tokens < 1 || tokens > x.capacity()) {
      throw new IllegalArgumentException(tokens + " of " + x.capacity() + " vectors of width " + x.cols()
          + " do not fit a matrix of " + w.cols() + " columns");
    }
    Objects.checkFromToIndex(fromRow, toRow, w.rows());
    rows(yStride, tokens, yOffset, toRow, y.length);
    alive(w.data());
  }

  /** The arguments of {@link DenseKernel#decodeRow}. */
  public static void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    index(row, w.rows());
    range(outOffset, w.cols(), out.length);
    alive(w.data());
  }

  /** The arguments of {@link AttentionKernel#store}. */
  public static void store(KeyValueLayout layout, MemorySegment page, long offset, int position, int count, float[] key,
      int keyOffset, float[] value, int valueOffset, int stride) {
    Objects.checkFromIndexSize(position, count, KeyValueLayout.POSITIONS);
    block(layout, page, offset);
    if (page.isReadOnly()) {
      throw new IllegalArgumentException("keys and values must be writable");
    }
    rows(stride, count, keyOffset, layout.headDim(), key.length);
    rows(stride, count, valueOffset, layout.headDim(), value.length);
  }

  /** The arguments of {@link AttentionKernel#scores}. */
  public static void scores(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int blocks, long offset,
      float[] queries, int queryOffset, int rows, float[] scores, int scoreOffset, int scoreStride) {
    blocks(layout, pages, fromPage, blocks, offset);
    atLeastOneRow(rows);
    rows(layout.headDim(), rows, queryOffset, layout.headDim(), queries.length);
    rows(scoreStride, rows, scoreOffset, blocks * KeyValueLayout.POSITIONS, scores.length);
  }

  /** The arguments of {@link AttentionKernel#exponentials}. */
  public static void exponentials(float[] scores, int offset, int length, float[] max, float[] sum, int index) {
    if (length < 1 || length % KeyValueLayout.POSITIONS != 0) {
      throw new IllegalArgumentException("scores come in whole blocks, not " + length);
    }
    range(offset, length, scores.length);
    index(index, max.length);
    index(index, sum.length);
  }

  /** The arguments of {@link AttentionKernel#addValues}. */
  public static void addValues(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int positions, long offset,
      float[] weights, int weightOffset, int weightStride, int rows, float[] out, int outOffset) {
    int blocks = Math.ceilDiv(positions, KeyValueLayout.POSITIONS);
    blocks(layout, pages, fromPage, blocks, offset);
    atLeastOneRow(rows);
    rows(weightStride, rows, weightOffset, blocks * KeyValueLayout.POSITIONS, weights.length);
    rows(layout.valueDim(), rows, outOffset, layout.valueDim(), out.length);
  }

  private static void blocks(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int blocks, long offset) {
    if (blocks < 1) {
      throw new IllegalArgumentException("attention needs at least one block, not " + blocks);
    }
    Objects.checkFromIndexSize(fromPage, blocks, pages.length);
    for (int i = 0; i < blocks; i++) {
      block(layout, pages[fromPage + i], offset);
    }
  }

  private static void block(KeyValueLayout layout, MemorySegment page, long offset) {
    Objects.checkFromIndexSize(offset, layout.blockBytes(), page.byteSize());
    usable(page, layout.blockBytes(), "memory of keys and values");
    if (offset % TernaryMatrix.ALIGNMENT != 0) {
      throw new IllegalArgumentException("a block of keys and values is aligned to 64 bytes, not at " + offset);
    }
  }

  private static void atLeastOneRow(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("at least one row is needed, not " + rows);
    }
  }

  private static void rows(int stride, int count, int offset, int length, int size) {
    if (stride < 0 || offset < 0) {
      throw new IndexOutOfBoundsException("negative stride " + stride + " or offset " + offset);
    }
    long end = (long) stride * (count - 1) + offset + length;
    if (end > size) {
      throw new IndexOutOfBoundsException(count + " rows of " + length + " values, " + stride + " apart from " + offset
          + " on, end at " + end + ", beyond the array's " + size);
    }
  }

  private static void blocks(TernaryLayout layout, TernaryMatrix w, int fromBlock, int toBlock) {
    if (w.layout() != layout) {
      throw new IllegalArgumentException("this kernel multiplies matrices of layout " + layout + ", not " + w.layout());
    }
    Objects.checkFromToIndex(fromBlock, toBlock, w.rowBlocks());
    alive(w.packed());
  }

  private static void tables(MemorySegment tables, long tableBytes) {
    usable(tables, tableBytes, "memory of lookup tables");
  }

  private static void usable(MemorySegment memory, long bytes, String what) {
    if (!memory.isNative() || memory.address() % TernaryMatrix.ALIGNMENT != 0 || memory.byteSize() < bytes) {
      throw new IllegalArgumentException(
          what + " must be native, aligned to 64 bytes and at least " + bytes + " bytes long, not " + memory);
    }
    alive(memory);
  }

  static void alive(MemorySegment memory) {
    if (!memory.scope().isAlive()) {
      throw new IllegalStateException("the memory of an operand has been released");
    }
  }
}
