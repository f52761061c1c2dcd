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
  Q4_0(32, 18),
  /** 32 weights: scale {@code d} and minimum {@code m} in half precision, then nibbles as in Q4_0: {@code d * n + m}. */
  Q4_1(32, 20),
  /**
   * 32 weights: half-precision scale {@code d}, 32 fifth bits, then nibbles as in Q4_0: {@code d * (n - 16)}, where bit
   * {@code j} of the fifth bits is worth 16 in {@code n} of weight {@code j}.
   */
  Q5_0(32, 22),
  /** 32 weights: scale {@code d} and minimum {@code m} in half precision, then 5-bit codes as in Q5_0: {@code d * n + m}. */
  Q5_1(32, 24),
  /**
   * 256 weights in 8 sub-blocks of 32: {@code d} and {@code dmin} in half precision, 12 bytes with a 6-bit scale {@code sc}
   * and minimum {@code m} for each sub-block, 128 bytes of nibbles; {@code d * sc * n - dmin * m}. Nibbles of sub-blocks 2g
   * and 2g + 1 are the low and the high halves of bytes 32g to 32g + 31.
   */
  Q4_K(256, 144),
  /** As Q4_K, with 32 bytes of fifth bits before the nibbles: bit s of byte e is worth 16 for weight e of sub-block s. */
  Q5_K(256, 176),
  /**
   * 256 weights in 16 sub-blocks of 16: 128 bytes of low nibbles, 64 bytes of pairs of high bits, 16 int8 scales {@code sc},
   * then {@code d} in half precision; {@code d * sc * (n - 32)}.
   */
  Q6_K(256, 210),
  /** 128 weights: half-precision {@code d}, then 16 bytes; bit {@code j % 8} of byte {@code j / 8} tells +d (1) from -d (0). */
  Q1_0(128, 18),
  /**
   * 64 weights: half-precision {@code d}, then 16 bytes; {@code d * (n - 1)} with {@code n} in bits {@code 2 (j % 4)} and up
   * of byte {@code j / 4}. Ternary models use n from 0 to 2.
   */
  Q2_0(64, 18),
  /** As Q2_0, in groups of 128 weights. */
  PQ2_0(128, 34);

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
   * Whether {@link DenseKernel#multiplyInt8} takes matrices of this type: where a single vector is multiplied so much faster that it
   * is worth rounding the activations, which PQ2_0 alone is. Measured on one core of a busy Zen 4 with one vector, in billions of
   * products a second, 8-bit against float activations: PQ2_0 22 and 10, Q2_0 11 and 10, Q4_0 14 and 13, Q4_K 13 and 13, Q8_0 17 and
   * 19, Q1_0 12 and 18. Java has no instruction that multiplies bytes and adds, and only where many products share a scale is what it
   * has shorter than a fused multiply-add of floats. With 64 vectors at once even PQ2_0 is slower in 8 bits, 24 against 32.
   */
  public boolean hasInt8Products() {
    return this == PQ2_0;
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
