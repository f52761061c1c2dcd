/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** Products of a dense matrix with float activations. Weights are used exactly as stored; sums are float32. */
public interface DenseKernel {

  /**
   * Matrix times vector: {@code y[yOffset + row] = Σ w[row][col] * x[xOffset + col]} for rows {@code [fromRow, toRow)}.
   *
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the rows
   */
  void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow);

  /**
   * Matrix times several vectors: {@code y[token * yStride + yOffset + row] = Σ w[row][col] * x[token * xStride + col]} for
   * rows {@code [fromRow, toRow)}. Each weight is decoded once.
   *
   * @param tokens activation rows, at least 1
   * @throws IllegalArgumentException for fewer than one token
   * @throws IndexOutOfBoundsException for ranges outside the arrays or the rows
   */
  void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset, int fromRow,
      int toRow);

  /**
   * One row as floats, exactly: an embedding lookup.
   *
   * @param out receives {@code cols} values from {@code outOffset} on
   * @throws IndexOutOfBoundsException for a row outside the matrix or a range outside the array
   */
  void decodeRow(DenseMatrix w, int row, float[] out, int outOffset);
}
