/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseMatrix;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.LANES;

/**
 * Products of a few rows with many vectors: strips of the rows are decoded into the first-level cache and then multiplied with
 * each vector. One tile serves one thread at a time; its memory grows with the number of vectors.
 *
 * <p>Whatever the number of vectors, a product is summed in one order: lane i sums columns i, i + LANES and so on; the lanes are
 * added by halves; the columns after the last whole vector follow one by one.
 */
final class DenseTile {

  /** Rows decoded together. */
  static final int ROWS = 8;

  /** Columns decoded together, a multiple of every block size. */
  private static final int STRIP = 512;

  private static final int TOKENS = 4;

  private final float[] strip = new float[ROWS * STRIP];
  private final CodeStrip codes = new CodeStrip();
  /** Sums of lanes, {@code [ROWS, tokens, LANES]}. */
  private float[] sums = new float[ROWS * LANES];

  CodeStrip codes() {
    return codes;
  }

  /** Room for the lanes of {@link #ROWS} sums. */
  float[] sums() {
    return sums;
  }

  /** Multiplies rows {@code row..row + rows}, at most {@link #ROWS}, with every vector. */
  void multiply(DenseMatrix w, int row, int rows, float[] x, int xStride, int xOffset, int tokens, float[] y,
      int yStride,
      int yOffset) {
    int sumStride = tokens * LANES;
    if (sums.length < ROWS * sumStride) {
      sums = new float[ROWS * sumStride];
    }
    Arrays.fill(sums, 0, rows * sumStride, 0);
    long address = w.data().address() + row * w.rowBytes();
    int count = 0;
    for (int col = 0; col < w.cols(); col += STRIP) {
      count = Math.min(STRIP, w.cols() - col);
      for (int r = 0; r < rows; r++) {
        DenseDecode.decode(w.type(), address + r * w.rowBytes() + w.type().rowBytes(col), strip, r * STRIP, count,
            codes);
      }
      addStrips(rows, FLOAT.loopBound(count), x, xStride, xOffset + col, tokens, sumStride);
    }
    int whole = FLOAT.loopBound(count);
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t < tokens; t++) {
        float sum = sumOfLanes(sums, r * sumStride + t * LANES);
        int tail = t * xStride + xOffset + w.cols() - count;
        for (int c = whole; c < count; c++) {
          sum += strip[r * STRIP + c] * x[tail + c];
        }
        y[t * yStride + yOffset + row + r] = sum;
      }
    }
  }

  /** Adds the lanes by halves; overwrites them. */
  static float sumOfLanes(float[] sums, int offset) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = offset; i < offset + half; i++) {
        sums[i] += sums[i + half];
      }
    }
    return sums[offset];
  }

  private void addStrips(int rows, int count, float[] x, int xStride, int xOffset, int tokens, int sumStride) {
    int t = 0;
    for (; t <= tokens - TOKENS; t += TOKENS) {
      int r = 0;
      for (; r <= rows - 2; r += 2) {
        addTwoByFour(strip, r * STRIP, x, t * xStride + xOffset, xStride, count, sums, r * sumStride + t * LANES,
            sumStride);
      }
      for (; r < rows; r++) {
        for (int i = t; i < t + TOKENS; i++) {
          addOne(strip, r * STRIP, x, i * xStride + xOffset, count, sums, r * sumStride + i * LANES);
        }
      }
    }
    for (; t < tokens; t++) {
      int r = 0;
      for (; r <= rows - 4; r += 4) {
        addFourByOne(strip, r * STRIP, x, t * xStride + xOffset, count, sums, r * sumStride + t * LANES, sumStride);
      }
      for (; r < rows; r++) {
        addOne(strip, r * STRIP, x, t * xStride + xOffset, count, sums, r * sumStride + t * LANES);
      }
    }
  }

  /** Two decoded rows times four vectors: six loads for eight vectors of products. */
  private static void addTwoByFour(float[] strip, int row, float[] x, int xOffset, int xStride, int count, float[] sums,
      int sum, int sumStride) {
    int x1 = xOffset + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    FloatVector a0 = FloatVector.fromArray(FLOAT, sums, sum);
    FloatVector a1 = FloatVector.fromArray(FLOAT, sums, sum + LANES);
    FloatVector a2 = FloatVector.fromArray(FLOAT, sums, sum + 2 * LANES);
    FloatVector a3 = FloatVector.fromArray(FLOAT, sums, sum + 3 * LANES);
    FloatVector b0 = FloatVector.fromArray(FLOAT, sums, sum + sumStride);
    FloatVector b1 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + LANES);
    FloatVector b2 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + 2 * LANES);
    FloatVector b3 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + 3 * LANES);
    for (int c = 0; c < count; c += LANES) {
      FloatVector a = FloatVector.fromArray(FLOAT, strip, row + c);
      FloatVector b = FloatVector.fromArray(FLOAT, strip, row + STRIP + c);
      FloatVector v = FloatVector.fromArray(FLOAT, x, xOffset + c);
      a0 = a.fma(v, a0);
      b0 = b.fma(v, b0);
      v = FloatVector.fromArray(FLOAT, x, x1 + c);
      a1 = a.fma(v, a1);
      b1 = b.fma(v, b1);
      v = FloatVector.fromArray(FLOAT, x, x2 + c);
      a2 = a.fma(v, a2);
      b2 = b.fma(v, b2);
      v = FloatVector.fromArray(FLOAT, x, x3 + c);
      a3 = a.fma(v, a3);
      b3 = b.fma(v, b3);
    }
    a0.intoArray(sums, sum);
    a1.intoArray(sums, sum + LANES);
    a2.intoArray(sums, sum + 2 * LANES);
    a3.intoArray(sums, sum + 3 * LANES);
    b0.intoArray(sums, sum + sumStride);
    b1.intoArray(sums, sum + sumStride + LANES);
    b2.intoArray(sums, sum + sumStride + 2 * LANES);
    b3.intoArray(sums, sum + sumStride + 3 * LANES);
  }

  private static void addFourByOne(float[] strip, int row, float[] x, int xOffset, int count, float[] sums, int sum,
      int sumStride) {
    FloatVector a = FloatVector.fromArray(FLOAT, sums, sum);
    FloatVector b = FloatVector.fromArray(FLOAT, sums, sum + sumStride);
    FloatVector c = FloatVector.fromArray(FLOAT, sums, sum + 2 * sumStride);
    FloatVector d = FloatVector.fromArray(FLOAT, sums, sum + 3 * sumStride);
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOAT, x, xOffset + i);
      a = FloatVector.fromArray(FLOAT, strip, row + i).fma(v, a);
      b = FloatVector.fromArray(FLOAT, strip, row + STRIP + i).fma(v, b);
      c = FloatVector.fromArray(FLOAT, strip, row + 2 * STRIP + i).fma(v, c);
      d = FloatVector.fromArray(FLOAT, strip, row + 3 * STRIP + i).fma(v, d);
    }
    a.intoArray(sums, sum);
    b.intoArray(sums, sum + sumStride);
    c.intoArray(sums, sum + 2 * sumStride);
    d.intoArray(sums, sum + 3 * sumStride);
  }

  private static void addOne(float[] strip, int row, float[] x, int xOffset, int count, float[] sums, int sum) {
    FloatVector a = FloatVector.fromArray(FLOAT, sums, sum);
    for (int i = 0; i < count; i += LANES) {
      a = FloatVector.fromArray(FLOAT, strip, row + i).fma(FloatVector.fromArray(FLOAT, x, xOffset + i), a);
    }
    a.intoArray(sums, sum);
  }
}
