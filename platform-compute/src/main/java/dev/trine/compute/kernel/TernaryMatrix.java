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
 * A ternary matrix {@code [rows, cols]} in the layout that serves decode and prefill alike:
 * {@code [cols/256 chunk][rows/128 block][64 groups][128 rows]}, one byte for the 4 columns of a group. The byte is a base-3
 * number 0..80 whose digits, lowest column lowest, are the trits plus 1. Rows and columns that only pad hold 40, four zeros.
 * Within a half block of 64 rows, row {@code r} sits at byte {@code 4 * (r % 16) + r / 16}, so that widening bytes to ints
 * by shifts leaves sums in row order.
 *
 * <p>
 * The memory is native and 64-byte aligned. Every instance guarantees its size and that no byte exceeds 80: kernels use
 * bytes as indices without checking them again. Mapped memory must therefore not change while the matrix is in use.
 */
public final class TernaryMatrix {

  /** Columns of one chunk. */
  public static final int CHUNK_COLS = 256;

  /** Rows of one block. */
  public static final int BLOCK_ROWS = 128;

  /** Columns that share a byte. */
  public static final int GROUP_COLS = 4;

  /** Groups in a chunk. */
  public static final int CHUNK_GROUPS = CHUNK_COLS / GROUP_COLS;

  /** Bytes of one chunk of one block. */
  public static final int TILE_BYTES = CHUNK_GROUPS * BLOCK_ROWS;

  /** The alignment of the memory, in bytes. */
  public static final int ALIGNMENT = 64;

  /** Number of values of a group of four trits. */
  public static final int CODES = 81;

  /** The code of four zeros. */
  public static final byte ZERO_CODE = 40;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  /** Added to a byte, sets its high bit when the byte is over 80. */
  private static final long OVER_80 = 0x2f2f_2f2f_2f2f_2f2fL;

  private final int rows;
  private final int cols;
  private final MemorySegment packed;

  private TernaryMatrix(int rows, int cols, MemorySegment packed) {
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
  public static TernaryMatrix pack(int rows, int cols, RowSource source, Arena arena) {
    long size = packedBytes(rows, cols);
    MemorySegment packed = arena.allocate(size, ALIGNMENT);
    packed.fill(ZERO_CODE);
    int blocks = blocks(rows);
    byte[] trits = new byte[chunks(cols) * CHUNK_COLS];
    byte[] row = new byte[cols];
    for (int r = 0; r < rows; r++) {
      source.row(r, row);
      checkTrits(r, row);
      System.arraycopy(row, 0, trits, 0, cols);
      int lane = lane(r % BLOCK_ROWS);
      for (int c = 0; c < cols; c += GROUP_COLS) {
        int code = trits[c] + 3 * trits[c + 1] + 9 * trits[c + 2] + 27 * trits[c + 3] + ZERO_CODE;
        long tile = ((long) (c / CHUNK_COLS) * blocks + r / BLOCK_ROWS) * TILE_BYTES;
        packed.set(ValueLayout.JAVA_BYTE, tile + (long) (c % CHUNK_COLS / GROUP_COLS) * BLOCK_ROWS + lane, (byte) code);
      }
    }
    return new TernaryMatrix(rows, cols, packed);
  }

  /**
   * Takes memory that is packed already, such as a mapped cache file, after checking its size and every byte.
   *
   * @throws PlatformException with {@link StandardErrorCode#MODEL_INVALID} for a wrong size or a byte over 80
   * @throws IllegalArgumentException for memory that is on the heap or not aligned to 64 bytes
   */
  public static TernaryMatrix wrap(int rows, int cols, MemorySegment packed) {
    long size = packedBytes(rows, cols);
    if (packed.byteSize() != size) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, "a packed ternary matrix [" + rows + ", " + cols
          + "] has " + size + " bytes, not " + packed.byteSize());
    }
    if (!packed.isNative() || packed.address() % ALIGNMENT != 0) {
      throw new IllegalArgumentException("a packed ternary matrix lies in native memory, aligned to 64 bytes");
    }
    for (long i = 0; i < size; i += Long.BYTES) {
      long eight = packed.get(LONG, i);
      if (((eight | (eight + OVER_80)) & HIGH_BITS) != 0) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "a packed ternary matrix holds codes 0..80, but not so in bytes " + i + " to " + (i + 7));
      }
    }
    return new TernaryMatrix(rows, cols, packed);
  }

  /**
   * Bytes of a packed matrix.
   *
   * @throws IllegalArgumentException for a shape without rows or columns, or padded beyond the range of int
   */
  public static long packedBytes(int rows, int cols) {
    if (rows < 1 || cols < 1 || rows > Integer.MAX_VALUE - BLOCK_ROWS || cols > Integer.MAX_VALUE - CHUNK_COLS) {
      throw new IllegalArgumentException("a ternary matrix cannot have the shape [" + rows + ", " + cols + "]");
    }
    return (long) chunks(cols) * blocks(rows) * TILE_BYTES;
  }

  /** Where row {@code rowInBlock} of a block sits within the 128 bytes of a group. */
  public static int lane(int rowInBlock) {
    int half = rowInBlock & 64;
    int row = rowInBlock & 63;
    return half + 4 * (row & 15) + (row >> 4);
  }

  /** Chunks of 256 columns that hold {@code cols} columns. */
  public static int chunks(int cols) {
    return (cols + CHUNK_COLS - 1) / CHUNK_COLS;
  }

  private static int blocks(int rows) {
    return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  }

  private static void checkTrits(int row, byte[] trits) {
    for (int c = 0; c < trits.length; c++) {
      if (trits[c] < -1 || trits[c] > 1) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "a ternary weight is -1, 0 or 1, but row " + row + ", column " + c + " holds " + trits[c]);
      }
    }
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

  /** Chunks of 256 columns, the last one possibly padded. */
  public int chunks() {
    return chunks(cols);
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
    for (int c = 0; c < cols; c++) {
      long tile = ((long) (c / CHUNK_COLS) * rowBlocks() + row / BLOCK_ROWS) * TILE_BYTES;
      int code = packed.get(ValueLayout.JAVA_BYTE, tile + (long) (c % CHUNK_COLS / GROUP_COLS) * BLOCK_ROWS + lane);
      trits[c] = trit(code, c % GROUP_COLS);
    }
  }

  /** Digit {@code position} of a code, less 1. */
  static byte trit(int code, int position) {
    int digits = code;
    for (int i = 0; i < position; i++) {
      digits /= 3;
    }
    return (byte) (digits % 3 - 1);
  }
}
