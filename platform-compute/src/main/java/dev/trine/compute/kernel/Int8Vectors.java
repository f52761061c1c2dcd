/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/**
 * Activations in 8 bits: 32 at a time share a scale. A value stands for {@code scale * q} with {@code q = rint(x * 127 / max|x|)},
 * half to even, within -127..127, and {@code scale = max|x| / 127}. Values that are not finite make the scale NaN or infinite, and
 * with it all products.
 */
public final class Int8Vectors {

  /** Values that share a scale. */
  public static final int BLOCK = 32;

  private static final int MAX = 127;

  private final int stride;
  private final int capacity;
  private final byte[] values;
  private final float[] scales;
  private int cols;

  /**
   * Room for vectors, used again and again.
   *
   * @param capacity how many vectors
   * @param maxCols  their largest width
   */
  public Int8Vectors(int capacity, int maxCols) {
    this.capacity = capacity;
    this.stride = (maxCols + BLOCK - 1) / BLOCK * BLOCK;
    this.values = new byte[Math.multiplyExact(capacity, stride)];
    this.scales = new float[values.length / BLOCK];
  }

  /** Width of the vectors that were quantised last. */
  public int cols() {
    return cols;
  }

  /** How many vectors there is room for. */
  public int capacity() {
    return capacity;
  }

  /** Sets the width of all vectors, a multiple of {@link #BLOCK}. */
  public void setCols(int newCols) {
    if (newCols < 1 || newCols % BLOCK != 0 || newCols > stride) {
      throw new IllegalArgumentException(
          "vectors are a multiple of " + BLOCK + " values wide and at most " + stride + ", not " + newCols);
    }
    cols = newCols;
  }

  /**
   * Quantises one vector. Different vectors may be quantised by different threads.
   *
   * @param token which one, 0 up to {@link #capacity} exclusive
   * @throws IndexOutOfBoundsException for a range outside the array
   */
  public void quantise(int token, float[] x, int offset) {
    KernelChecks.index(token, capacity);
    KernelChecks.range(offset, cols, x.length);
    for (int c = 0; c < cols; c += BLOCK) {
      float largest = 0;
      for (int i = offset + c; i < offset + c + BLOCK; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      float factor = largest == 0 ? 0 : MAX / largest;
      for (int i = 0; i < BLOCK; i++) {
        values[token * stride + c + i] = (byte) Math.clamp((long) Math.rint(x[offset + c + i] * factor), -MAX, MAX);
      }
      scales[(token * stride + c) / BLOCK] = largest / MAX;
    }
  }

  /** A value's integer. */
  public byte value(int token, int col) {
    return values[token * stride + col];
  }

  /** The scale of a block. */
  public float scale(int token, int block) {
    return scales[token * (stride / BLOCK) + block];
  }
}
