/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/**
 * Products of a dense matrix with activations. Weights are used exactly as stored; sums are float32. A row's product with a vector is
 * the same bits whatever other rows and vectors are computed in the same call, and by whichever of the methods for floats.
 */
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
   * Matrix times vectors of 8 bits, as {@link #multiplyTile}: products of integers are summed exactly over at most 32 columns, then
   * multiplied with both scales and added in float32. A vector's results do not depend on the other vectors.
   *
   * @param w      of a type that {@linkplain DenseType#hasInt8Products() allows it}
   * @param tokens how many of the vectors, at least 1
   * @throws IllegalArgumentException for another type, another width, or more tokens than there are
   * @throws IndexOutOfBoundsException for ranges outside the array or the rows
   */
  void multiplyInt8(DenseMatrix w, Int8Vectors x, int tokens, float[] y, int yStride, int yOffset, int fromRow,
      int toRow);

  /**
   * One row as floats, exactly: an embedding lookup.
   *
   * @param out receives {@code cols} values from {@code outOffset} on
   * @throws IndexOutOfBoundsException for a row outside the matrix or a range outside the array
   */
  void decodeRow(DenseMatrix w, int row, float[] out, int outOffset);
}
