/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/**
 * Where the keys and values of one head lie in a block of {@value #POSITIONS} consecutive positions, so that attention over
 * the block is two products whose right side streams past once, 32 columns at a time:
 * <pre>
 * keys    [headDim][32 positions]                   scores[query][position] = Σ query[dim] * key[dim][position]
 * scales  [32 positions], float, of Q8 only
 * values  [valueDim / 32][32 positions][32 dims]    out[query][dim] = Σ weight[query][position] * value[position][dim]
 * scales  [32 positions], float, of Q8 only
 * </pre>
 * {@code valueDim} is {@code headDim} rounded up to a multiple of 32; what is beyond {@code headDim} is zero.
 */
public final class KeyValueLayout {

  /** Positions in a block; also the number of columns of every product. */
  public static final int POSITIONS = 32;

  private static final float LARGEST_HALF = 65504;
  private static final float LARGEST_BYTE = 127;
  /** A little below the largest float, so that 127 steps of its scale are finite. */
  private static final float LARGEST_SCALED = 0x1.fp127f;

  private final KeyValueType type;
  private final int headDim;
  private final int valueDim;
  private final long valuesAt;
  private final long blockBytes;

  /**
   * The layout for one kind of heads.
   *
   * @param headDim width of a head, at least 1
   */
  public KeyValueLayout(KeyValueType type, int headDim) {
    if (headDim < 1) {
      throw new IllegalArgumentException("a head has at least one dimension, not " + headDim);
    }
    this.type = type;
    this.headDim = headDim;
    this.valueDim = Math.ceilDiv(headDim, POSITIONS) * POSITIONS;
    this.valuesAt = aligned((long) headDim * POSITIONS * type.bytes() + type.scaleBytes());
    this.blockBytes = aligned(valuesAt + (long) valueDim * POSITIONS * type.bytes() + type.scaleBytes());
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, (long) TernaryMatrix.ALIGNMENT) * TernaryMatrix.ALIGNMENT;
  }

  /** How a value is stored. */
  public KeyValueType type() {
    return type;
  }

  /** Width of a head. */
  public int headDim() {
    return headDim;
  }

  /** {@link #headDim} rounded up to a multiple of 32. */
  public int valueDim() {
    return valueDim;
  }

  /** Size of a block, a multiple of 64 bytes. */
  public long blockBytes() {
    return blockBytes;
  }

  /** Where the scales of keys begin. */
  public long keyScalesAt() {
    return (long) headDim * POSITIONS * type.bytes();
  }

  /** Where values begin. */
  public long valuesAt() {
    return valuesAt;
  }

  /** Where the scales of values begin. */
  public long valueScalesAt() {
    return valuesAt + (long) valueDim * POSITIONS * type.bytes();
  }

  /** A value as half precision: rounded to nearest, saturated, and 0 for what is not a number. */
  public static short half(float x) {
    float saturated = x > LARGEST_HALF ? LARGEST_HALF : Math.max(x, -LARGEST_HALF);
    return Float.floatToFloat16(Float.isNaN(x) ? 0 : saturated);
  }

  /** What one step of a byte is worth for a row of a head; 1 where that would not be a normal number. */
  public static float scale(float[] x, int offset, int length) {
    float absmax = 0;
    for (int i = 0; i < length; i++) {
      float magnitude = Math.abs(x[offset + i]);
      // Written so that what is not a number is passed over.
      absmax = magnitude > absmax ? magnitude : absmax;
    }
    float scale = Math.min(absmax, LARGEST_SCALED) / LARGEST_BYTE;
    return scale < Float.MIN_NORMAL ? 1 : scale;
  }

  /**
   * A value as a byte, rounded to nearest, half to even; 0 for what is not a number.
   *
   * @param inverse {@code 1 / scale}
   */
  public static byte quantised(float x, float inverse) {
    return (byte) Math.clamp(Math.rint(x * inverse), -LARGEST_BYTE, LARGEST_BYTE);
  }

  /** Where one element of a key lies. */
  public long keyAt(int position, int dim) {
    return ((long) dim * POSITIONS + position) * type.bytes();
  }

  /** Where one element of a value lies. */
  public long valueAt(int position, int dim) {
    int tile = dim / POSITIONS;
    return valuesAt + ((long) (tile * POSITIONS + position) * POSITIONS + dim % POSITIONS) * type.bytes();
  }
}
