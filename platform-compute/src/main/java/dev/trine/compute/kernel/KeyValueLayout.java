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
 * {@code valueDim} is {@code headDim} rounded up to a multiple of 32; what is beyond {@code headDim} is zero. Values begin at
 * {@link #valuesAt}.
 *
 * <p>Several blocks may lie in one run of memory, the keys of all of them before the values of all of them: those of 32 positions
 * are but some kilobytes, and memory is read at a third of its speed where so few follow each other. Keys take as much room as values
 * then, so that a block's values lie equally far behind its keys wherever in the run it is.
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
  private final int runBlocks;
  private final long strideBytes;
  private final long valuesAt;

  /**
   * The layout for one kind of heads.
   *
   * @param headDim width of a head, at least 1
   * @param runBlocks blocks in a run, at least 1
   */
  public KeyValueLayout(KeyValueType type, int headDim, int runBlocks) {
    if (headDim < 1) {
      throw new IllegalArgumentException("a head has at least one dimension, not " + headDim);
    }
    if (runBlocks < 1) {
      throw new IllegalArgumentException("a run has at least one block, not " + runBlocks);
    }
    this.type = type;
    this.headDim = headDim;
    this.valueDim = Math.ceilDiv(headDim, POSITIONS) * POSITIONS;
    this.runBlocks = runBlocks;
    this.strideBytes = aligned((long) valueDim * POSITIONS * type.bytes() + type.scaleBytes());
    this.valuesAt = runBlocks * strideBytes;
  }

  /** The layout of blocks that lie alone. */
  public KeyValueLayout(KeyValueType type, int headDim) {
    this(type, headDim, 1);
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

  /** Blocks in a run. */
  public int runBlocks() {
    return runBlocks;
  }

  /** How far apart the blocks of a run begin, a multiple of 64 bytes; a block's values begin so far apart, too. */
  public long strideBytes() {
    return strideBytes;
  }

  /** Size of a run, a multiple of 64 bytes. */
  public long runBytes() {
    return 2 * valuesAt;
  }

  /** From the beginning of a block's keys to the end of its values; in a run, with others' keys and values between them. */
  public long blockBytes() {
    return valuesAt + strideBytes;
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
