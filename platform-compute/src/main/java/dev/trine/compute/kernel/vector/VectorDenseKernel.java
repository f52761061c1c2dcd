/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Int8Vectors;
import dev.trine.compute.kernel.KernelChecks;
import java.lang.ref.Reference;

import static dev.trine.compute.kernel.vector.Species.FLOAT;

/**
 * Dense products. One vector, and a type that is quick to decode: decode and multiply in registers. Several, or other types: decode strips
 * of rows, then multiply. Both sum in the same order, see {@link DenseTile}, so that they give the same bits.
 */
final class VectorDenseKernel implements DenseKernel {

  /** So many vectors are multiplied one after the other sooner than a row is decoded for them. */
  private static final int FEW_TOKENS = 3;

  private final ThreadLocal<DenseTile> tiles = ThreadLocal.withInitial(DenseTile::new);
  private final ThreadLocal<Int8Rows> int8Rows = ThreadLocal.withInitial(Int8Rows::new);

  @Override
  public void multiply(DenseMatrix w, float[] x, int xOffset, float[] y, int yOffset, int fromRow, int toRow) {
    KernelChecks.multiply(w, x, xOffset, y, yOffset, fromRow, toRow);
    Memory.begin();
    if (isMultipliedInRegisters(w.type())) {
      multiplyRows(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
    } else {
      multiplyStrips(w, x, 0, xOffset, 1, y, 0, yOffset, fromRow, toRow);
    }
  }

  @Override
  public void multiplyTile(DenseMatrix w, float[] x, int xStride, int tokens, float[] y, int yStride, int yOffset,
      int fromRow, int toRow) {
    KernelChecks.multiplyTile(w, x, xStride, tokens, y, yStride, yOffset, fromRow, toRow);
    Memory.begin();
    if (tokens <= FEW_TOKENS && isMultipliedInRegisters(w.type())) {
      multiplyRows(w, x, xStride, 0, tokens, y, yStride, yOffset, fromRow, toRow);
    } else {
      multiplyStrips(w, x, xStride, 0, tokens, y, yStride, yOffset, fromRow, toRow);
    }
  }

  @Override
  public void multiplyInt8(DenseMatrix w, Int8Vectors x, int tokens, float[] y, int yStride, int yOffset, int fromRow,
      int toRow) {
    KernelChecks.multiplyInt8(w, x, tokens, y, yStride, yOffset, fromRow, toRow);
    Memory.begin();
    try {
      int8Rows.get().multiply(w, x, tokens, y, yStride, yOffset, fromRow, toRow);
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    KernelChecks.decodeRow(w, row, out, outOffset);
    Memory.begin();
    try {
      tiles.get().decodeRow(w, row, out, outOffset);
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(this);
    }
  }

  private static boolean isMultipliedInRegisters(DenseType type) {
    return switch (type) {
      case F32, F16, BF16 -> true;
      case Q8_0, Q4_0, Q4_K, Q1_0, Q2_0, PQ2_0 -> Species.WIDE;
      default -> false;
    };
  }

  /** Row by row, so that further vectors find the row in the cache. */
  private void multiplyRows(DenseMatrix w, float[] x, int xStride, int xOffset, int tokens, float[] y, int yStride,
      int yOffset, int fromRow, int toRow) {
    try {
      float[] sums = tiles.get().sums();
      int whole = FLOAT.loopBound(w.cols());
      for (int row = fromRow; row < toRow; row++) {
        long address = Memory.address(w.data()) + row * w.rowBytes();
        for (int t = 0; t < tokens; t++) {
          int vector = t * xStride + xOffset;
          sumRow(w, row, address, x, vector, whole, sums);
          float sum = DenseTile.sumOfLanes(sums, 0);
          for (int c = whole; c < w.cols(); c++) {
            sum += plainWeight(w.type(), address + w.type().rowBytes(c)) * x[vector + c];
          }
          y[t * yStride + yOffset + row] = sum;
        }
      }
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(this);
    }
  }

  private static void sumRow(DenseMatrix w, int row, long address, float[] x, int vector, int cols, float[] sums) {
    switch (w.type()) {
      case F32 -> DenseRows.sumF32(address, x, vector, cols, sums);
      case F16 -> {
        if (w.isKnownFinite(row)) {
          DenseRows.sumFiniteF16(address, x, vector, cols, sums);
        } else if (DenseRows.sumF16(address, x, vector, cols, sums) && cols == w.cols()) {
          w.noteFinite(row);
        }
      }
      case BF16 -> DenseRows.sumBf16(address, x, vector, cols, sums);
      case Q8_0 -> DenseRows.sumQ8(address, x, vector, cols, sums);
      case Q4_0 -> DenseRows.sumQ4(address, x, vector, cols, sums);
      case Q4_K -> DenseRows.sumQ4K(address, x, vector, cols, sums);
      case Q1_0 -> DenseRows.sumQ1(address, x, vector, cols, sums);
      case Q2_0, PQ2_0 -> DenseRows.sumQ2(address, w.type().blockSize(), x, vector, cols, sums);
      default -> throw new IllegalArgumentException(w.type() + " is not multiplied in registers");
    }
  }

  private static float plainWeight(DenseType type, long address) {
    return switch (type) {
      case F32 -> Memory.getFloat(address);
      case F16 -> Float.float16ToFloat(Memory.getShort(address));
      case BF16 -> Float.intBitsToFloat(Memory.getShort(address) << 16);
      default -> throw new IllegalArgumentException(type + " is stored in blocks");
    };
  }

  private void multiplyStrips(DenseMatrix w, float[] x, int xStride, int xOffset, int tokens, float[] y, int yStride,
      int yOffset, int fromRow, int toRow) {
    try {
      DenseTile tile = tiles.get();
      for (int token = 0; token < tokens; token += DenseTile.VECTORS) {
        tile.setVectors(x, xStride, xOffset + token * xStride, Math.min(DenseTile.VECTORS, tokens - token), w.cols());
        for (int row = fromRow; row < toRow; row += DenseTile.ROWS) {
          tile.multiply(w, row, Math.min(DenseTile.ROWS, toRow - row), y, yStride, yOffset + token * yStride);
        }
      }
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(this);
    }
  }
}
