/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The specification of dense products: decode a weight, multiply, add, one column after the other. */
final class ScalarDenseKernel implements DenseKernel {

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int SCALE_BYTES = 2;

  @Override
  public void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    KernelChecks.multiply(w, x, xOffset, y, yOffset, fromRow, toRow);
    for (int row = fromRow; row < toRow; row++) {
      float sum = 0;
      for (int c = 0; c < w.cols(); c++) {
        sum += weight(w, row, c) * x[xOffset + c];
      }
      y[yOffset + row] = sum;
    }
  }

  @Override
  public void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    KernelChecks.multiplyTile(w, x, xStride, tokens, y, yStride, yOffset, fromRow, toRow);
    for (int row = fromRow; row < toRow; row++) {
      for (int t = 0; t < tokens; t++) {
        y[t * yStride + yOffset + row] = 0;
      }
      for (int c = 0; c < w.cols(); c++) {
        float weight = weight(w, row, c);
        for (int t = 0; t < tokens; t++) {
          y[t * yStride + yOffset + row] += weight * x[t * xStride + c];
        }
      }
    }
  }

  @Override
  public void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    KernelChecks.decodeRow(w, row, out, outOffset);
    for (int c = 0; c < w.cols(); c++) {
      out[outOffset + c] = weight(w, row, c);
    }
  }

  /** One weight; the products of a half-precision scale and a small integer are exact. */
  private static float weight(DenseMatrix w, int row, int col) {
    MemorySegment data = w.data();
    DenseType type = w.type();
    long block = row * w.rowBytes() + (long) (col / type.blockSize()) * type.blockBytes();
    int inBlock = col % type.blockSize();
    return switch (type) {
      case F32 -> data.get(FLOAT, block);
      case F16 -> Float.float16ToFloat(data.get(SHORT, block));
      case BF16 -> Float.intBitsToFloat(data.get(SHORT, block) << 16);
      case Q8_0 -> Float.float16ToFloat(data.get(SHORT, block))
          * data.get(ValueLayout.JAVA_BYTE, block + SCALE_BYTES + inBlock);
      case Q4_0 -> {
        int pair = data.get(ValueLayout.JAVA_BYTE, block + SCALE_BYTES + inBlock % 16);
        int nibble = inBlock < 16 ? pair & 15 : (pair >> 4) & 15;
        yield Float.float16ToFloat(data.get(SHORT, block)) * (nibble - 8);
      }
    };
  }
}
