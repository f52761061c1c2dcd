/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** The specification of dense products: decode a weight, multiply, add, one column after the other. */
final class ScalarDenseKernel implements DenseKernel {

  /** Weights decoded at a time, a multiple of every block size. */
  private static final int STRIP = 256;

  @Override
  public void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    KernelChecks.multiply(w, x, xOffset, y, yOffset, fromRow, toRow);
    multiplyRows(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
  }

  @Override
  public void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    KernelChecks.multiplyTile(w, x, xStride, tokens, y, yStride, yOffset, fromRow, toRow);
    multiplyRows(w, x, xStride, 0, tokens, y, yStride, yOffset, fromRow, toRow);
  }

  @Override
  public void multiplyInt8(DenseMatrix w, Int8Vectors x, int tokens, float[] y, int yStride, int yOffset, int fromRow,
      int toRow) {
    KernelChecks.multiplyInt8(w, x, tokens, y, yStride, yOffset, fromRow, toRow);
    int blockSize = w.type().blockSize();
    var codes = new int[blockSize];
    for (int row = fromRow; row < toRow; row++) {
      for (int t = 0; t < tokens; t++) {
        y[t * yStride + yOffset + row] = 0;
      }
      for (int col = 0; col < w.cols(); col += blockSize) {
        float scale = DenseBlocks.codes(w.type(), w.data(), row * w.rowBytes() + w.type().rowBytes(col), codes);
        for (int t = 0; t < tokens; t++) {
          float sum = y[t * yStride + yOffset + row];
          for (int from = 0; from < blockSize; from += Int8Vectors.BLOCK) {
            int products = 0;
            for (int i = from; i < from + Int8Vectors.BLOCK; i++) {
              products += codes[i] * x.value(t, col + i);
            }
            sum += products * x.scale(t, (col + from) / Int8Vectors.BLOCK) * scale;
          }
          y[t * yStride + yOffset + row] = sum;
        }
      }
    }
  }

  @Override
  public void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    KernelChecks.decodeRow(w, row, out, outOffset);
    DenseBlocks.decode(w.type(), w.data(), row * w.rowBytes(), w.cols(), out, outOffset);
  }

  private static void multiplyRows(DenseMatrix w, float[] x, int xStride, int xOffset, int tokens, float[] y,
      int yStride, int yOffset, int fromRow, int toRow) {
    var weights = new float[Math.min(STRIP, w.cols())];
    for (int row = fromRow; row < toRow; row++) {
      for (int t = 0; t < tokens; t++) {
        y[t * yStride + yOffset + row] = 0;
      }
      for (int col = 0; col < w.cols(); col += STRIP) {
        int count = Math.min(STRIP, w.cols() - col);
        DenseBlocks.decode(w.type(), w.data(), row * w.rowBytes() + w.type().rowBytes(col), count, weights, 0);
        for (int t = 0; t < tokens; t++) {
          float sum = y[t * yStride + yOffset + row];
          for (int c = 0; c < count; c++) {
            sum += weights[c] * x[t * xStride + xOffset + col + c];
          }
          y[t * yStride + yOffset + row] = sum;
        }
      }
    }
  }
}
