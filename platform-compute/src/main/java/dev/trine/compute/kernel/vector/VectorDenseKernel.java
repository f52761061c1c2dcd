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

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Species.FLOAT;

/**
 * Dense products. One vector with rows of a plain type: decode and multiply in registers. Several, or other types: decode strips
 * of rows, then multiply. Both sum in the same order, see {@link DenseTile}, so that they give the same bits.
 */
final class VectorDenseKernel implements DenseKernel {

  private final ThreadLocal<DenseTile> tiles = ThreadLocal.withInitial(DenseTile::new);

  @Override
  public void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    KernelChecks.multiply(w, x, xOffset, y, yOffset, fromRow, toRow);
    if (isMultipliedInRegisters(w.type())) {
      multiplyRows(w, x, xOffset, y, yOffset, fromRow, toRow);
    } else {
      multiplyStrips(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
    }
  }

  @Override
  public void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    KernelChecks.multiplyTile(w, x, xStride, tokens, y, yStride, yOffset, fromRow, toRow);
    if (tokens == 1 && isMultipliedInRegisters(w.type())) {
      multiplyRows(w, x, 0, y, yOffset, fromRow, toRow);
    } else {
      multiplyStrips(w, x, xStride, 0, tokens, y, yStride, yOffset, fromRow, toRow);
    }
  }

  @Override
  public void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    KernelChecks.decodeRow(w, row, out, outOffset);
    try {
      DenseDecode.decode(w.type(), w.data().address() + row * w.rowBytes(), out, outOffset, w.cols(),
          tiles.get().codes());
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  private static boolean isMultipliedInRegisters(DenseType type) {
    return switch (type) {
      case F32, F16, BF16 -> true;
      case Q8_0 -> Species.WIDE;
      default -> false;
    };
  }

  private void multiplyRows(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    try {
      float[] sums = tiles.get().sums();
      int whole = FLOAT.loopBound(w.cols());
      for (int row = fromRow; row < toRow; row++) {
        long address = w.data().address() + row * w.rowBytes();
        switch (w.type()) {
          case F32 -> DenseRows.sumF32(address, x, xOffset, whole, sums);
          case F16 -> DenseRows.sumF16(address, x, xOffset, whole, sums);
          case BF16 -> DenseRows.sumBf16(address, x, xOffset, whole, sums);
          default -> DenseRows.sumQ8(address, x, xOffset, whole, sums);
        }
        float sum = DenseTile.sumOfLanes(sums, 0);
        for (int c = whole; c < w.cols(); c++) {
          sum += plainWeight(w.type(), address + w.type().rowBytes(c)) * x[xOffset + c];
        }
        y[yOffset + row] = sum;
      }
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  private static float plainWeight(DenseType type, long address) {
    return switch (type) {
      case F32 -> ALL.get(Memory.FLOAT, address);
      case F16 -> Float.float16ToFloat(ALL.get(Memory.SHORT, address));
      case BF16 -> Float.intBitsToFloat(ALL.get(Memory.SHORT, address) << 16);
      default -> throw new IllegalArgumentException(type + " is stored in blocks");
    };
  }

  private void multiplyStrips(DenseMatrix w, float[] x, int xStride, int xOffset, int tokens, float[] y, int yStride,
      int yOffset, int fromRow, int toRow) {
    try {
      DenseTile tile = tiles.get();
      for (int row = fromRow; row < toRow; row += DenseTile.ROWS) {
        tile.multiply(w, row, Math.min(DenseTile.ROWS, toRow - row), x, xStride, xOffset, tokens, y, yStride, yOffset);
      }
    } finally {
      Reference.reachabilityFence(w);
    }
  }
}
