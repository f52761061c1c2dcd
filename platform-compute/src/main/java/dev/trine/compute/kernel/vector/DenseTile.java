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
 * Products of a few rows with many vectors: the rows are decoded, one after the other as they lie in memory, and then multiplied
 * strip by strip with each vector. One tile serves one thread at a time; its memory grows with the rows' length and the number of
 * vectors.
 *
 * <p>Whatever the number of vectors, a product is summed in one order: with L = {@link Species#LANES}, sum i of 2 L sums columns i,
 * i + 2 L, i + 4 L and so on, each product fused with its addition; the upper half of the sums is added to the lower half, again
 * and again until one is left; the columns after the last whole vector follow one by one.
 */
final class DenseTile {

  /** Rows decoded together. */
  static final int ROWS = 8;

  /** Columns multiplied at a time, so that the rows' and a few vectors' fit the first-level cache. */
  private static final int STRIP = 512;

  private static final int TOKENS = 4;

  /** Sums of a row and a vector. */
  private static final int SUMS = 2 * LANES;

  /** Decoded rows. */
  private float[] weights = {};
  private final CodeStrip codes = new CodeStrip();
  /** {@code [ROWS, tokens, SUMS]}. */
  private float[] sums = new float[ROWS * SUMS];

  CodeStrip codes() {
    return codes;
  }

  /** Room for the sums of a row and a vector. */
  float[] sums() {
    return sums;
  }

  /** Multiplies rows {@code row..row + rows}, at most {@link #ROWS}, with every vector. */
  void multiply(DenseMatrix w, int row, int rows, float[] x, int xStride, int xOffset, int tokens, float[] y,
      int yStride,
      int yOffset) {
    int cols = w.cols();
    int sumStride = tokens * SUMS;
    if (sums.length < ROWS * sumStride) {
      sums = new float[ROWS * sumStride];
    }
    if (weights.length < ROWS * cols) {
      weights = new float[ROWS * cols];
    }
    Arrays.fill(sums, 0, rows * sumStride, 0);
    long address = w.data().address() + row * w.rowBytes();
    for (int r = 0; r < rows; r++) {
      DenseDecode.decode(w.type(), address + r * w.rowBytes(), weights, r * cols, cols, codes);
    }
    int whole = FLOAT.loopBound(cols);
    for (int col = 0; col < whole; col += STRIP) {
      int end = Math.min(col + STRIP, whole);
      addStrips(rows, cols, col, end, x, xStride, xOffset, tokens, sumStride, 0);
      addStrips(rows, cols, col + LANES, end, x, xStride, xOffset, tokens, sumStride, LANES);
    }
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t < tokens; t++) {
        int at = r * sumStride + t * SUMS;
        for (int i = at; i < at + LANES; i++) {
          sums[i] += sums[i + LANES];
        }
        float sum = sumOfLanes(sums, at);
        for (int c = whole; c < cols; c++) {
          sum += weights[r * cols + c] * x[t * xStride + xOffset + c];
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

  /** Adds the products of every second vector of columns from {@code from} on. */
  private void addStrips(int rows, int cols, int from, int to, float[] x, int xStride, int xOffset, int tokens,
      int sumStride, int half) {
    int t = 0;
    for (; t <= tokens - TOKENS; t += TOKENS) {
      int r = 0;
      for (; r <= rows - 2; r += 2) {
        addTwoByFour(weights, r * cols, cols, from, to, x, t * xStride + xOffset, xStride, sums,
            r * sumStride + t * SUMS + half, sumStride);
      }
      for (; r < rows; r++) {
        for (int i = t; i < t + TOKENS; i++) {
          addOne(weights, r * cols, from, to, x, i * xStride + xOffset, sums, r * sumStride + i * SUMS + half);
        }
      }
    }
    for (; t < tokens; t++) {
      int r = 0;
      for (; r <= rows - 4; r += 4) {
        addFourByOne(weights, r * cols, cols, from, to, x, t * xStride + xOffset, sums,
            r * sumStride + t * SUMS + half, sumStride);
      }
      for (; r < rows; r++) {
        addOne(weights, r * cols, from, to, x, t * xStride + xOffset, sums, r * sumStride + t * SUMS + half);
      }
    }
  }

  /** Two decoded rows times four vectors: six loads for eight vectors of products. */
  private static void addTwoByFour(float[] w, int row, int cols, int from, int to, float[] x, int xOffset, int xStride,
      float[] sums, int sum, int sumStride) {
    int x1 = xOffset + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    FloatVector a0 = FloatVector.fromArray(FLOAT, sums, sum);
    FloatVector a1 = FloatVector.fromArray(FLOAT, sums, sum + SUMS);
    FloatVector a2 = FloatVector.fromArray(FLOAT, sums, sum + 2 * SUMS);
    FloatVector a3 = FloatVector.fromArray(FLOAT, sums, sum + 3 * SUMS);
    FloatVector b0 = FloatVector.fromArray(FLOAT, sums, sum + sumStride);
    FloatVector b1 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + SUMS);
    FloatVector b2 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + 2 * SUMS);
    FloatVector b3 = FloatVector.fromArray(FLOAT, sums, sum + sumStride + 3 * SUMS);
    for (int c = from; c < to; c += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(FLOAT, w, row + c);
      FloatVector b = FloatVector.fromArray(FLOAT, w, row + cols + c);
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
    a1.intoArray(sums, sum + SUMS);
    a2.intoArray(sums, sum + 2 * SUMS);
    a3.intoArray(sums, sum + 3 * SUMS);
    b0.intoArray(sums, sum + sumStride);
    b1.intoArray(sums, sum + sumStride + SUMS);
    b2.intoArray(sums, sum + sumStride + 2 * SUMS);
    b3.intoArray(sums, sum + sumStride + 3 * SUMS);
  }

  private static void addFourByOne(float[] w, int row, int cols, int from, int to, float[] x, int xOffset, float[] sums,
      int sum, int sumStride) {
    FloatVector a = FloatVector.fromArray(FLOAT, sums, sum);
    FloatVector b = FloatVector.fromArray(FLOAT, sums, sum + sumStride);
    FloatVector c = FloatVector.fromArray(FLOAT, sums, sum + 2 * sumStride);
    FloatVector d = FloatVector.fromArray(FLOAT, sums, sum + 3 * sumStride);
    for (int i = from; i < to; i += 2 * LANES) {
      FloatVector v = FloatVector.fromArray(FLOAT, x, xOffset + i);
      a = FloatVector.fromArray(FLOAT, w, row + i).fma(v, a);
      b = FloatVector.fromArray(FLOAT, w, row + cols + i).fma(v, b);
      c = FloatVector.fromArray(FLOAT, w, row + 2 * cols + i).fma(v, c);
      d = FloatVector.fromArray(FLOAT, w, row + 3 * cols + i).fma(v, d);
    }
    a.intoArray(sums, sum);
    b.intoArray(sums, sum + sumStride);
    c.intoArray(sums, sum + 2 * sumStride);
    d.intoArray(sums, sum + 3 * sumStride);
  }

  private static void addOne(float[] w, int row, int from, int to, float[] x, int xOffset, float[] sums, int sum) {
    FloatVector a = FloatVector.fromArray(FLOAT, sums, sum);
    for (int i = from; i < to; i += 2 * LANES) {
      a = FloatVector.fromArray(FLOAT, w, row + i).fma(FloatVector.fromArray(FLOAT, x, xOffset + i), a);
    }
    a.intoArray(sums, sum);
  }
}
