/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static dev.trine.compute.kernel.KeyValueLayout.POSITIONS;

/** The specification of attention over a block: plain loops over stored keys and values. */
final class ScalarAttentionKernel implements AttentionKernel {

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  @Override
  public void store(KeyValueLayout layout, MemorySegment page, long offset, int position, int count, float[] key,
      int keyOffset, float[] value, int valueOffset, int stride) {
    KernelChecks.store(layout, page, offset, position, count, key, keyOffset, value, valueOffset, stride);
    int headDim = layout.headDim();
    for (int i = 0; i < count; i++) {
      int row = position + i;
      int keyAt = keyOffset + i * stride;
      int valueAt = valueOffset + i * stride;
      float keyScale = 1;
      float valueScale = 1;
      if (layout.type() == KeyValueType.Q8) {
        keyScale = KeyValueLayout.scale(key, keyAt, headDim);
        valueScale = KeyValueLayout.scale(value, valueAt, headDim);
        page.set(FLOAT, offset + layout.keyScalesAt() + (long) row * Float.BYTES, keyScale);
        page.set(FLOAT, offset + layout.valueScalesAt() + (long) row * Float.BYTES, valueScale);
      }
      for (int dim = 0; dim < headDim; dim++) {
        put(layout.type(), page, offset + layout.keyAt(row, dim), key[keyAt + dim], keyScale);
        put(layout.type(), page, offset + layout.valueAt(row, dim), value[valueAt + dim], valueScale);
      }
      for (int dim = headDim; dim < layout.valueDim(); dim++) {
        put(layout.type(), page, offset + layout.valueAt(row, dim), 0, 1);
      }
    }
  }

  private static void put(KeyValueType type, MemorySegment memory, long at, float x, float scale) {
    switch (type) {
      case F32 -> memory.set(FLOAT, at, x);
      case F16 -> memory.set(SHORT, at, KeyValueLayout.half(x));
      case Q8 -> memory.set(ValueLayout.JAVA_BYTE, at, KeyValueLayout.quantised(x, 1 / scale));
    }
  }

  private static float get(KeyValueType type, MemorySegment memory, long at) {
    return switch (type) {
      case F32 -> memory.get(FLOAT, at);
      case F16 -> Float.float16ToFloat(memory.get(SHORT, at));
      case Q8 -> memory.get(ValueLayout.JAVA_BYTE, at);
    };
  }

  @Override
  public void scores(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int blocks, long offset,
      float[] queries, int queryOffset, int rows, float[] scores, int scoreOffset, int scoreStride) {
    KernelChecks.scores(layout, pages, fromPage, blocks, offset, queries, queryOffset, rows, scores, scoreOffset,
        scoreStride);
    for (int row = 0; row < rows; row++) {
      int query = queryOffset + row * layout.headDim();
      for (int i = 0; i < blocks * POSITIONS; i++) {
        MemorySegment page = pages[fromPage + i / POSITIONS];
        int position = i % POSITIONS;
        float sum = 0;
        for (int dim = 0; dim < layout.headDim(); dim++) {
          sum = Math.fma(queries[query + dim], get(layout.type(), page, offset + layout.keyAt(position, dim)), sum);
        }
        if (layout.type() == KeyValueType.Q8) {
          sum *= page.get(FLOAT, offset + layout.keyScalesAt() + (long) position * Float.BYTES);
        }
        scores[scoreOffset + row * scoreStride + i] = sum;
      }
    }
  }

  @Override
  public void exponentials(float[] scores, int offset, int length, float[] max, float[] sum, int index) {
    KernelChecks.exponentials(scores, offset, length, max, sum, index);
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      largest = Math.max(largest, scores[offset + i]);
    }
    float total = 0;
    for (int i = 0; i < length; i++) {
      scores[offset + i] = (float) Math.exp(scores[offset + i] - largest);
      total += scores[offset + i];
    }
    max[index] = largest;
    sum[index] = total;
  }

  @Override
  public void addValues(KeyValueLayout layout, MemorySegment[] pages, int fromPage, int positions, long offset,
      float[] weights, int weightOffset, int weightStride, int rows, float[] out, int outOffset) {
    KernelChecks.addValues(layout, pages, fromPage, positions, offset, weights, weightOffset, weightStride, rows, out,
        outOffset);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < positions; i++) {
        MemorySegment page = pages[fromPage + i / POSITIONS];
        int position = i % POSITIONS;
        float weight = weights[weightOffset + row * weightStride + i];
        if (layout.type() == KeyValueType.Q8) {
          weight *= page.get(FLOAT, offset + layout.valueScalesAt() + (long) position * Float.BYTES);
        }
        for (int dim = 0; dim < layout.valueDim(); dim++) {
          int at = outOffset + row * layout.valueDim() + dim;
          out[at] = Math.fma(weight, get(layout.type(), page, offset + layout.valueAt(position, dim)), out[at]);
        }
      }
    }
  }
}
