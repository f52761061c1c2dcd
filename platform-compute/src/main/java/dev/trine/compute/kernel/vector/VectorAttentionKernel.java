/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.KernelChecks;
import dev.trine.compute.kernel.KeyValueLayout;
import dev.trine.compute.kernel.KeyValueType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.KeyValueLayout.POSITIONS;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
import static dev.trine.compute.kernel.vector.Species.LANES;

/** Attention by {@link TileProducts}, and {@link TilePairProducts} where vectors have 512 bits. */
final class VectorAttentionKernel implements AttentionKernel {

  /**
   * Whether two tiles may go together. They do where there are many rows, as in a prompt. Few rows, one token's, are bound by memory, whose lines
   * must come in the order of their addresses to be fetched ahead; two tiles in turns take twice as long.
   */
  private static final boolean PAIRS = LANES == 16;

  /** Rows of one product. */
  private static final int ROWS = 4;
  /** Rows beyond which tiles go in pairs. */
  private static final int FEW_ROWS = 2 * ROWS;

  /** Added to a small number, leaves its rounding, half to even, in the low bits: 1.5 * 2^23. */
  private static final float ROUNDER = 0x1.8p23f;

  @Override
  public void store(KeyValueLayout layout, MemorySegment page, long offset, int position, int count, float[] key,
      int keyOffset, float[] value, int valueOffset, int stride) {
    KernelChecks.store(layout, page, offset, position, count, key, keyOffset, value, valueOffset, stride);
    Memory.begin();
    try {
      long block = Memory.address(page) + offset;
      for (int i = 0; i < count; i++) {
        int row = position + i;
        switch (layout.type()) {
          case F32 -> storeF32(layout, block, row, key, keyOffset + i * stride, value, valueOffset + i * stride);
          case F16 -> storeF16(layout, block, row, key, keyOffset + i * stride, value, valueOffset + i * stride);
          case Q8 -> storeQ8(layout, block, row, key, keyOffset + i * stride, value, valueOffset + i * stride);
        }
      }
    } finally {
      Reference.reachabilityFence(page);
    }
  }

  private static void storeF32(KeyValueLayout layout, long block, int row, float[] key, int keyAt, float[] value,
      int valueAt) {
    for (int dim = 0; dim < layout.headDim(); dim++) {
      Memory.putFloat(block + layout.keyAt(row, dim), key[keyAt + dim]);
      Memory.putFloat(block + layout.valueAt(row, dim), value[valueAt + dim]);
    }
    for (int dim = layout.headDim(); dim < layout.valueDim(); dim++) {
      Memory.putFloat(block + layout.valueAt(row, dim), 0f);
    }
  }

  private static void storeF16(KeyValueLayout layout, long block, int row, float[] key, int keyAt, float[] value,
      int valueAt) {
    for (int dim = 0; dim < layout.headDim(); dim++) {
      Memory.putShort(block + layout.keyAt(row, dim), KeyValueLayout.half(key[keyAt + dim]));
      Memory.putShort(block + layout.valueAt(row, dim), KeyValueLayout.half(value[valueAt + dim]));
    }
    for (int dim = layout.headDim(); dim < layout.valueDim(); dim++) {
      Memory.putShort(block + layout.valueAt(row, dim), (short) 0);
    }
  }

  private static void storeQ8(KeyValueLayout layout, long block, int row, float[] key, int keyAt, float[] value,
      int valueAt) {
    float keyScale = KeyValueLayout.scale(key, keyAt, layout.headDim());
    float valueScale = KeyValueLayout.scale(value, valueAt, layout.headDim());
    Memory.putFloat(block + layout.keyScalesAt() + (long) row * Float.BYTES, keyScale);
    Memory.putFloat(block + layout.valueScalesAt() + (long) row * Float.BYTES, valueScale);
    float keyInverse = 1 / keyScale;
    float valueInverse = 1 / valueScale;
    for (int dim = 0; dim < layout.headDim(); dim++) {
      Memory.putByte(block + layout.keyAt(row, dim), KeyValueLayout.quantised(key[keyAt + dim], keyInverse));
      Memory.putByte(block + layout.valueAt(row, dim), KeyValueLayout.quantised(value[valueAt + dim], valueInverse));
    }
    for (int dim = layout.headDim(); dim < layout.valueDim(); dim++) {
      Memory.putByte(block + layout.valueAt(row, dim), (byte) 0);
    }
  }

  @Override
  public void scores(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int blocks, long offset,
      float[] queries, int queryOffset, int rows, float[] scores, int scoreOffset, int scoreStride) {
    KernelChecks.scores(layout, pages, fromPage, blocks, offset, queries, queryOffset, rows, scores, scoreOffset,
        scoreStride);
    Memory.begin();
    try {
      for (int row = 0; row < rows; row++) {
        int at = scoreOffset + row * scoreStride;
        Arrays.fill(scores, at, at + blocks * POSITIONS, 0);
      }
      int headDim = layout.headDim();
      int block = 0;
      while (block < blocks) {
        boolean pair = PAIRS && rows > FEW_ROWS && block + 1 < blocks;
        long left = Memory.address(pages[fromPage + block]) + offset;
        long right = pair ? Memory.address(pages[fromPage + block + 1]) + offset : 0;
        for (int row = 0; row < rows; row += ROWS) {
          add(layout.type(), left, right, headDim, queries, queryOffset + row * headDim, headDim,
              Math.min(ROWS, rows - row), scores, scoreOffset + row * scoreStride + block * POSITIONS, scoreStride);
        }
        block += pair ? 2 : 1;
      }
      if (layout.type() == KeyValueType.Q8) {
        for (int i = 0; i < blocks; i++) {
          long scales = Memory.address(pages[fromPage + i]) + offset + layout.keyScalesAt();
          multiply(scores, scoreOffset + i * POSITIONS, scoreStride, rows, scales);
        }
      }
    } finally {
      Reference.reachabilityFence(pages);
    }
  }

  /** Up to four rows times one tile, or two when {@code right} is not 0; rows that there are not repeat the last. */
  private static void add(KeyValueType type, long left, long right, int count, float[] a, int aOffset, int aStride,
      int rows, float[] c, int cOffset, int cStride) {
    int last = rows - 1;
    int second = Math.min(1, last);
    int third = Math.min(2, last);
    int a1 = aOffset + second * aStride;
    int a2 = aOffset + third * aStride;
    int a3 = aOffset + last * aStride;
    int c1 = cOffset + second * cStride;
    int c2 = cOffset + third * cStride;
    int c3 = cOffset + last * cStride;
    if (right != 0) {
      switch (type) {
        case F32 -> TilePairProducts.addF32(left, right, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
        case F16 -> TilePairProducts.addF16(left, right, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
        case Q8 -> TilePairProducts.addQ8(left, right, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
      }
    } else {
      switch (type) {
        case F32 -> TileProducts.addF32(left, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
        case F16 -> TileProducts.addF16(left, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
        case Q8 -> TileProducts.addQ8(left, count, a, aOffset, a1, a2, a3, c, cOffset, c1, c2, c3);
      }
    }
  }

  /** Multiplies the columns of one block by their scales. */
  private static void multiply(float[] x, int offset, int stride, int rows, long scales) {
    for (int row = 0; row < rows; row++) {
      int at = offset + row * stride;
      for (int i = 0; i < POSITIONS; i += LANES) {
        FLOATS.cast(FloatVector.fromArray(FLOAT, x, at + i))
            .mul(Memory.floats(scales + (long) i * Float.BYTES))
            .intoArray(x, at + i);
      }
    }
  }

  @Override
  public void exponentials(float[] scores, int offset, int length, float[] max, float[] sum, int index) {
    KernelChecks.exponentials(scores, offset, length, max, sum, index);
    FloatVector largest = FLOATS.cast(FloatVector.fromArray(FLOAT, scores, offset));
    for (int i = LANES; i < length; i += LANES) {
      largest = FLOATS.cast(largest).max(FLOATS.cast(FloatVector.fromArray(FLOAT, scores, offset + i)));
    }
    float subtracted = FLOATS.cast(largest).reduceLanes(VectorOperators.MAX);
    max[index] = subtracted;
    replace(scores, offset, length, subtracted);
    sum[index] = sum(scores, offset, length);
  }

  /** Results below the normal range become 0. */
  private static void replace(float[] x, int offset, int length, float max) {
    for (int i = 0; i < length; i += LANES) {
      FloatVector difference = FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + i)).sub(max);
      VectorMask<Float> tiny = difference.compare(VectorOperators.LT, Exponential.SMALLEST);
      FloatVector clamped = difference.max(Exponential.SMALLEST);
      FloatVector shifted = clamped.mul(Exponential.LOG2_E).add(ROUNDER);
      FloatVector n = shifted.sub(ROUNDER);
      FloatVector r = n.mul(-Exponential.LN2_LOW)
          .add(n.fma(FloatVector.broadcast(FLOAT, -Exponential.LN2_HIGH), clamped));
      FloatVector p = r.mul(Exponential.C6).add(Exponential.C5);
      p = p.mul(r).add(Exponential.C4);
      p = p.mul(r).add(Exponential.C3);
      p = p.mul(r).add(Exponential.C2);
      p = p.mul(r).mul(r).add(r).add(1f);
      p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats()
          .blend(0f, tiny).intoArray(x, offset + i);
    }
  }

  /** Eight sums of every eighth element each, added in one order: the same bits at every vector width, compiled or not. */
  private static float sum(float[] x, int offset, int length) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    float sum4 = 0;
    float sum5 = 0;
    float sum6 = 0;
    float sum7 = 0;
    for (int i = offset; i < offset + length; i += 8) {
      sum0 += x[i];
      sum1 += x[i + 1];
      sum2 += x[i + 2];
      sum3 += x[i + 3];
      sum4 += x[i + 4];
      sum5 += x[i + 5];
      sum6 += x[i + 6];
      sum7 += x[i + 7];
    }
    return ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7));
  }

  @Override
  public void addValues(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int positions, long offset,
      float[] weights, int weightOffset, int weightStride, int rows, float[] out, int outOffset) {
    KernelChecks.addValues(layout, pages, fromPage, positions, offset, weights, weightOffset, weightStride, rows, out,
        outOffset);
    Memory.begin();
    try {
      int valueDim = layout.valueDim();
      long tileBytes = (long) POSITIONS * POSITIONS * layout.type().bytes();
      for (int first = 0; first < positions; first += POSITIONS) {
        int count = Math.min(POSITIONS, positions - first);
        long block = Memory.address(pages[fromPage + first / POSITIONS]) + offset;
        if (layout.type() == KeyValueType.Q8) {
          multiply(weights, weightOffset + first, weightStride, rows, block + layout.valueScalesAt());
        }
        int dim = 0;
        while (dim < valueDim) {
          boolean pair = PAIRS && rows > FEW_ROWS && dim + POSITIONS < valueDim;
          long left = block + layout.valuesAt() + dim / POSITIONS * tileBytes;
          long right = pair ? left + tileBytes : 0;
          for (int row = 0; row < rows; row += ROWS) {
            add(layout.type(), left, right, count, weights, weightOffset + row * weightStride + first, weightStride,
                Math.min(ROWS, rows - row), out, outOffset + row * valueDim + dim, valueDim);
          }
          dim += pair ? 2 * POSITIONS : POSITIONS;
        }
      }
    } finally {
      Reference.reachabilityFence(pages);
    }
  }
}
