/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A ternary matrix {@code [rows, cols]} packed in one of the layouts that kernels read.
 *
 * <p>
 * The memory is native and 64-byte aligned. Every instance guarantees its size and that every byte is a code of its layout:
 * kernels use bytes as indices without checking them again. Mapped memory must therefore not change while the matrix is in
 * use.
 */
public final class TernaryMatrix {

  /** Rows of one block. */
  public static final int BLOCK_ROWS = 128;

  /** The alignment of the memory, in bytes. */
  public static final int ALIGNMENT = 64;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;

  /** What {@link #wrap} checks at a time; 32 KB. */
  private static final int CHECKED_WORDS = 4096;

  private final TernaryLayout layout;
  private final int rows;
  private final int cols;
  private final MemorySegment packed;

  private TernaryMatrix(TernaryLayout layout, int rows, int cols, MemorySegment packed) {
    this.layout = layout;
    this.rows = rows;
    this.cols = cols;
    this.packed = packed.asReadOnly();
  }

  /** Gives the rows of a matrix, one after the other. */
  @FunctionalInterface
  public interface RowSource {

    /**
     * Writes one row.
     *
     * @param row its index
     * @param trits receives -1, 0 or 1 for each column
     */
    void row(int row, byte[] trits);
  }

  /**
   * Packs a matrix, asking for each row once, in order.
   *
   * @param arena owner of the packed memory
   * @throws PlatformException with {@link StandardErrorCode#MODEL_INVALID} for a value other than -1, 0 and 1
   */
  public static TernaryMatrix pack(TernaryLayout layout, int rows, int cols, RowSource source, Arena arena) {
    return packInto(layout, rows, cols, source, arena.allocate(packedBytes(layout, rows, cols), ALIGNMENT));
  }

  /**
   * Packs a matrix into given memory, asking for each row once, in order.
   *
   * @param target writable memory of exactly {@link #packedBytes} bytes
   * @throws PlatformException with {@link StandardErrorCode#MODEL_INVALID} for a value other than -1, 0 and 1
   * @throws IllegalArgumentException for memory of another size, on the heap, read-only or not aligned to 64 bytes
   */
  public static TernaryMatrix packInto(TernaryLayout layout, int rows, int cols, RowSource source,
      MemorySegment target) {
    long size = packedBytes(layout, rows, cols);
    if (target.byteSize() != size || target.isReadOnly()) {
      throw new IllegalArgumentException(
          "a ternary matrix [" + rows + ", " + cols + "] is packed into " + size + " writable bytes, not " + target);
    }
    checkPlace(target);
    var packer = new TernaryPacker(layout, cols);
    int blocks = blocks(rows);
    for (int block = 0; block < blocks; block++) {
      int firstRow = block * BLOCK_ROWS;
      packer.pack(source, firstRow, Math.min(BLOCK_ROWS, rows - firstRow));
      for (int chunk = 0; chunk < layout.chunks(cols); chunk++) {
        packer.copyTile(chunk, target, ((long) chunk * blocks + block) * layout.tileBytes());
      }
    }
    return new TernaryMatrix(layout, rows, cols, target);
  }

  /**
   * Takes memory that is packed already, such as a mapped cache file, after checking its size and every byte.
   *
   * @throws PlatformException with {@link StandardErrorCode#MODEL_INVALID} for a wrong size or a byte that is no code
   * @throws IllegalArgumentException for memory that is on the heap or not aligned to 64 bytes
   */
  public static TernaryMatrix wrap(TernaryLayout layout, int rows, int cols, MemorySegment packed) {
    long size = packedBytes(layout, rows, cols);
    if (packed.byteSize() != size) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, "a packed ternary matrix [" + rows + ", " + cols
          + "] has " + size + " bytes in layout " + layout + ", not " + packed.byteSize());
    }
    checkPlace(packed);
    // Added to the index in a byte, sets the byte's high bit when the index is too large.
    long excess = (0x7f - layout.largestIndex()) * LOW_BITS;
    long signs = layout.signBits();
    // An array is read fast before the JVM has compiled this loop; a segment is not.
    var words = new long[CHECKED_WORDS];
    for (long at = 0; at < size; at += CHECKED_WORDS * Long.BYTES) {
      int count = (int) Math.min(CHECKED_WORDS, (size - at) / Long.BYTES);
      MemorySegment.copy(packed, LONG, at, words, 0, count);
      if ((wrongBits(words, count, ~signs, excess) & HIGH_BITS) != 0) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID, "a packed ternary matrix of layout " + layout
            + " holds codes up to " + layout.largestIndex() + ", but not so in bytes " + at + " to "
            + (at + (long) count * Long.BYTES - 1));
      }
    }
    return new TernaryMatrix(layout, rows, cols, packed);
  }

  /** Apart, so that the JVM compiles this loop once: within a longer one it does so for the running call and again for later ones. */
  private static long wrongBits(long[] words, int count, long codes, long excess) {
    long wrong = 0;
    for (int i = 0; i < count; i++) {
      long eight = words[i] & codes;
      wrong |= eight | (eight + excess);
    }
    return wrong;
  }

  private static void checkPlace(MemorySegment packed) {
    if (!packed.isNative() || packed.address() % ALIGNMENT != 0) {
      throw new IllegalArgumentException("a packed ternary matrix lies in native memory, aligned to 64 bytes");
    }
  }

  /**
   * Bytes of a packed matrix.
   *
   * @throws IllegalArgumentException for a shape without rows or columns, or padded beyond the range of int
   */
  public static long packedBytes(TernaryLayout layout, int rows, int cols) {
    if (rows < 1 || cols < 1 || rows > Integer.MAX_VALUE - BLOCK_ROWS
        || cols > Integer.MAX_VALUE - layout.chunkCols()) {
      throw new IllegalArgumentException("a ternary matrix cannot have the shape [" + rows + ", " + cols + "]");
    }
    return (long) layout.chunks(cols) * blocks(rows) * layout.tileBytes();
  }

  /** Where row {@code rowInBlock} of a block sits within the 128 bytes of a group. */
  public static int lane(int rowInBlock) {
    int half = rowInBlock & 64;
    int row = rowInBlock & 63;
    return half + 4 * (row & 15) + (row >> 4);
  }

  private static int blocks(int rows) {
    return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  }

  /** How it lies in memory. */
  public TernaryLayout layout() {
    return layout;
  }

  /** Number of outputs, without padding. */
  public int rows() {
    return rows;
  }

  /** Number of inputs, without padding. */
  public int cols() {
    return cols;
  }

  /** Blocks of 128 rows, the last one possibly padded. */
  public int rowBlocks() {
    return blocks(rows);
  }

  /** Chunks of columns, the last one possibly padded. */
  public int chunks() {
    return layout.chunks(cols);
  }

  /** The packed bytes, read-only. */
  public MemorySegment packed() {
    return packed;
  }

  /**
   * One row as trits.
   *
   * @param trits receives {@code cols} values
   * @throws IndexOutOfBoundsException for a row outside the matrix or an array that is too short
   */
  public void unpackRow(int row, byte[] trits) {
    KernelChecks.index(row, rows);
    KernelChecks.range(0, cols, trits.length);
    int lane = lane(row % BLOCK_ROWS);
    int groupCols = layout.groupCols();
    int chunkCols = layout.chunkCols();
    for (int c = 0; c < cols; c++) {
      long tile = ((long) (c / chunkCols) * rowBlocks() + row / BLOCK_ROWS) * layout.tileBytes();
      byte code = packed.get(ValueLayout.JAVA_BYTE,
          tile + (long) (c % chunkCols / groupCols) * BLOCK_ROWS + lane);
      trits[c] = layout.trit(code, c % groupCols);
    }
  }
}
