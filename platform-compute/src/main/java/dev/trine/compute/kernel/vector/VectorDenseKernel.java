/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.KernelChecks;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.LANES;

/** Dense products. One vector: decode and multiply in registers. Several: decode strips of two rows, then multiply. */
final class VectorDenseKernel implements DenseKernel {

  /** Columns decoded at a time, a multiple of every block size. */
  private static final int STRIP = 1024;

  /** Two decoded strips for each thread. */
  private final ThreadLocal<float[]> strips = ThreadLocal.withInitial(() -> new float[2 * STRIP]);

  @Override
  public void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    KernelChecks.multiply(w, x, xOffset, y, yOffset, fromRow, toRow);
    try {
      switch (w.type()) {
        case F32 -> {
          for (int row = fromRow; row < toRow; row++) {
            y[yOffset + row] = DenseRows.dotF32(address(w, row), x, xOffset, w.cols());
          }
        }
        case BF16 -> {
          for (int row = fromRow; row < toRow; row++) {
            y[yOffset + row] = DenseRows.dotBf16(address(w, row), x, xOffset, w.cols());
          }
        }
        case Q8_0 -> {
          if (Species.WIDE) {
            for (int row = fromRow; row < toRow; row++) {
              y[yOffset + row] = DenseRows.dotQ8(address(w, row), x, xOffset, w.cols());
            }
          } else {
            multiplyDecoded(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
          }
        }
        case Q4_0 -> {
          if (Species.WIDE) {
            for (int row = fromRow; row < toRow; row++) {
              y[yOffset + row] = DenseRows.dotQ4(address(w, row), x, xOffset, w.cols());
            }
          } else {
            multiplyDecoded(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
          }
        }
        case F16 -> {
          for (int row = fromRow; row < toRow; row++) {
            y[yOffset + row] = DenseRows.dotF16(address(w, row), x, xOffset, w.cols());
          }
        }
      }
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  @Override
  public void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    KernelChecks.multiplyTile(w, x, xStride, tokens, y, yStride, yOffset, fromRow, toRow);
    multiplyDecoded(w, x, xStride, 0, tokens, y, yStride, yOffset, fromRow, toRow);
  }

  @Override
  public void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    KernelChecks.decodeRow(w, row, out, outOffset);
    try {
      DenseDecode.decode(w.type(), address(w, row), out, outOffset, w.cols());
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  private static long address(DenseMatrix w, int row) {
    return w.data().address() + row * w.rowBytes();
  }

  private void multiplyDecoded(DenseMatrix w, float[] x, int xStride, int xOffset, int tokens, float[] y, int yStride,
      int yOffset, int fromRow, int toRow) {
    try {
      float[] strip = strips.get();
      DenseType type = w.type();
      for (int row = fromRow; row < toRow; row += 2) {
        int rows = Math.min(2, toRow - row);
        for (int col = 0; col < w.cols(); col += STRIP) {
          int count = Math.min(STRIP, w.cols() - col);
          for (int r = 0; r < rows; r++) {
            long address = address(w, row + r) + type.rowBytes(col);
            DenseDecode.decode(type, address, strip, r * STRIP, count);
          }
          boolean first = col == 0;
          int t = 0;
          for (; rows == 2 && t <= tokens - 4; t += 4) {
            addTwoByFour(strip, x, t * xStride + xOffset + col, xStride, count, first, y, t * yStride + yOffset + row,
                yStride);
          }
          for (; t < tokens; t++) {
            for (int r = 0; r < rows; r++) {
              float sum = dot(strip, r * STRIP, x, t * xStride + xOffset + col, count);
              int i = t * yStride + yOffset + row + r;
              y[i] = first ? sum : y[i] + sum;
            }
          }
        }
      }
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  /** Two decoded rows times four tokens: six loads for eight vectors of products. */
  private static void addTwoByFour(float[] strip, float[] x, int xOffset, int xStride, int count, boolean first,
      float[] y, int yOffset, int yStride) {
    FloatVector a0 = FloatVector.zero(FLOAT);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    int whole = FLOAT.loopBound(count);
    for (int c = 0; c < whole; c += LANES) {
      FloatVector a = FloatVector.fromArray(FLOAT, strip, c);
      FloatVector b = FloatVector.fromArray(FLOAT, strip, STRIP + c);
      FloatVector v = FloatVector.fromArray(FLOAT, x, xOffset + c);
      a0 = a.fma(v, a0);
      b0 = b.fma(v, b0);
      v = FloatVector.fromArray(FLOAT, x, xOffset + xStride + c);
      a1 = a.fma(v, a1);
      b1 = b.fma(v, b1);
      v = FloatVector.fromArray(FLOAT, x, xOffset + 2 * xStride + c);
      a2 = a.fma(v, a2);
      b2 = b.fma(v, b2);
      v = FloatVector.fromArray(FLOAT, x, xOffset + 3 * xStride + c);
      a3 = a.fma(v, a3);
      b3 = b.fma(v, b3);
    }
    if (first) {
      for (int t = 0; t < 4; t++) {
        y[yOffset + t * yStride] = 0;
        y[yOffset + t * yStride + 1] = 0;
      }
    }
    y[yOffset] += a0.reduceLanes(VectorOperators.ADD);
    y[yOffset + 1] += b0.reduceLanes(VectorOperators.ADD);
    y[yOffset + yStride] += a1.reduceLanes(VectorOperators.ADD);
    y[yOffset + yStride + 1] += b1.reduceLanes(VectorOperators.ADD);
    y[yOffset + 2 * yStride] += a2.reduceLanes(VectorOperators.ADD);
    y[yOffset + 2 * yStride + 1] += b2.reduceLanes(VectorOperators.ADD);
    y[yOffset + 3 * yStride] += a3.reduceLanes(VectorOperators.ADD);
    y[yOffset + 3 * yStride + 1] += b3.reduceLanes(VectorOperators.ADD);
    for (int c = whole; c < count; c++) {
      for (int t = 0; t < 4; t++) {
        float value = x[xOffset + t * xStride + c];
        y[yOffset + t * yStride] += strip[c] * value;
        y[yOffset + t * yStride + 1] += strip[STRIP + c] * value;
      }
    }
  }

  static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int i = 0;
    for (; i <= length - 2 * LANES; i += 2 * LANES) {
      sum0 = FloatVector.fromArray(FLOAT, a, aOffset + i).fma(FloatVector.fromArray(FLOAT, b, bOffset + i), sum0);
      sum1 = FloatVector.fromArray(FLOAT, a, aOffset + i + LANES)
          .fma(FloatVector.fromArray(FLOAT, b, bOffset + i + LANES), sum1);
    }
    for (; i <= length - LANES; i += LANES) {
      sum0 = FloatVector.fromArray(FLOAT, a, aOffset + i).fma(FloatVector.fromArray(FLOAT, b, bOffset + i), sum0);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; i < length; i++) {
      sum += a[aOffset + i] * b[bOffset + i];
    }
    return sum;
  }
}
