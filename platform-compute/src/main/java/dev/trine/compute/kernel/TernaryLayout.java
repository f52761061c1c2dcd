/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/**
 * How a {@link TernaryMatrix} lies in memory: {@code [chunk of columns][block of 128 rows][group of columns][128 rows]}, one
 * byte for the weights of a row in the columns of a group. Within a half block of 64 rows, row {@code r} sits at byte
 * {@code 4 * (r % 16) + r / 16}, so that widening bytes to ints by shifts leaves sums in row order.
 */
public enum TernaryLayout {

  /**
   * Four weights a byte, 2 bits each: a base-3 number 0..80 whose digits, lowest column lowest, are the trits plus 1. A chunk
   * has 64 groups, 256 columns.
   */
  LUT4(1, 4, 64),

  /**
   * Five weights a byte, 1.6 bits each: {@code v = Σ 3^i trit[i]} is -121..121; the low 7 bits hold {@code |v|}, the high bit
   * is set where {@code v} is negative. A chunk has 32 groups, 160 columns.
   */
  TRIT5(1, 5, 32);

  private static final int[] POWERS = {1, 3, 9, 27, 81};
  private static final byte LUT4_ZERO = 40;
  private static final int TRIT5_SIGN = 0x80;

  private final int version;
  private final int groupCols;
  private final int chunkGroups;

  TernaryLayout(int version, int groupCols, int chunkGroups) {
    this.version = version;
    this.groupCols = groupCols;
    this.chunkGroups = chunkGroups;
  }

  /** Counts changes of the layout; files that hold packed matrices are valid for one version only. */
  public int version() {
    return version;
  }

  /** Columns that share a byte. */
  public int groupCols() {
    return groupCols;
  }

  /** Groups of a chunk. */
  public int chunkGroups() {
    return chunkGroups;
  }

  /** Columns of a chunk. */
  public int chunkCols() {
    return groupCols * chunkGroups;
  }

  /** Bytes of one chunk of one block. */
  public int tileBytes() {
    return chunkGroups * TernaryMatrix.BLOCK_ROWS;
  }

  /** Chunks that hold {@code cols} columns, the last one possibly padded. */
  public int chunks(int cols) {
    return (int) ((cols + (long) chunkCols() - 1) / chunkCols());
  }

  /** Code of a group whose weights are all zero; it fills what is padding. */
  public byte zeroCode() {
    return this == LUT4 ? LUT4_ZERO : 0;
  }

  /** Code of one group: the trits from {@code offset} on. */
  byte code(byte[] trits, int offset) {
    int value = 0;
    for (int i = 0; i < groupCols; i++) {
      value += POWERS[i] * trits[offset + i];
    }
    if (this == LUT4) {
      return (byte) (value + LUT4_ZERO);
    }
    return (byte) (value < 0 ? TRIT5_SIGN | -value : value);
  }

  /** Trit {@code position} of a group. */
  byte trit(byte code, int position) {
    int value = code;
    if (this == TRIT5) {
      value = code < 0 ? -(code & 0x7f) : code;
      value += POWERS[groupCols - 1] * 3 / 2;
    }
    return (byte) (value / POWERS[position] % 3 - 1);
  }

  /** Largest value of the low seven bits of a code; LUT4 uses no more bits than these. */
  int largestIndex() {
    return POWERS[groupCols - 1] * 3 / 2 * (this == LUT4 ? 2 : 1);
  }

  /** The bit of a code that is no part of the index, in every byte of a long. */
  long signBits() {
    return this == LUT4 ? 0 : 0x8080_8080_8080_8080L;
  }
}
