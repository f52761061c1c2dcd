/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** How the weights of a dense matrix are stored: little-endian, in GGML's block layouts. */
public enum DenseType {
  /** IEEE single precision. */
  F32(1, 4),
  /** IEEE half precision. */
  F16(1, 2),
  /** The upper half of an IEEE single. */
  BF16(1, 2),
  /** 32 weights: half-precision scale {@code d}, then 32 int8 {@code n}; a weight is {@code d * n}. */
  Q8_0(32, 34),
  /**
   * 32 weights: half-precision scale {@code d}, then 16 bytes; weight {@code j} is {@code d * (n - 8)} with {@code n} the
   * low nibble of byte {@code j} for {@code j < 16} and the high nibble of byte {@code j - 16} otherwise.
   */
  Q4_0(32, 18);

  private final int blockSize;
  private final int blockBytes;

  DenseType(int blockSize, int blockBytes) {
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /** Weights in one block; the columns of a matrix are a multiple of it. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of one block. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * Bytes of one row.
   *
   * @throws IllegalArgumentException when {@code cols} is no multiple of the block size
   */
  public long rowBytes(int cols) {
    if (cols % blockSize != 0) {
      throw new IllegalArgumentException(name() + " rows hold a multiple of " + blockSize + " weights, not " + cols);
    }
    return (long) (cols / blockSize) * blockBytes;
  }
}
