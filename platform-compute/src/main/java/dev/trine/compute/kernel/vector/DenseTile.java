/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
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
  static final int ROWS = 4;

  /** Most vectors multiplied at a time: together they fit the second-level cache. */
  static final int VECTORS = 64;

  /** Columns multiplied at a time, so that the rows' and a few vectors' fit the first-level cache. */
  private static final int STRIP = 768;

  private static final long STRIP_BYTES = (long) STRIP * Float.BYTES;

  private static final int TOKENS = 4;

  /** Whether 16 vectors of sums and their operands fit the registers: AVX2 has 16 in all. */
  private static final boolean MANY_REGISTERS = Species.BITS == 512;

  /** Sums of a row and a vector. */
  private static final int SUMS = 2 * LANES;

  /** Bring lanes 8 and up to lanes 0 and up, and so on. */
  private static final VectorShuffle<Float> FROM_8 = FLOAT.iotaShuffle(8, 1, true);
  private static final VectorShuffle<Float> FROM_4 = FLOAT.iotaShuffle(4, 1, true);
  private static final VectorShuffle<Float> FROM_2 = FLOAT.iotaShuffle(2, 1, true);
  private static final VectorShuffle<Float> FROM_1 = FLOAT.iotaShuffle(1, 1, true);

  private final CodeStrip codes = new CodeStrip();
  /** Decoded rows, {@code [strips, ROWS, STRIP]}. Native memory, since that of arrays is not aligned to vectors. */
  private MemorySegment weights = MemorySegment.NULL;
  /** Vectors, {@code [strips, tokens, STRIP]}. */
  private MemorySegment vectors = MemorySegment.NULL;
  private int tokens;
  /** {@code [ROWS, VECTORS, SUMS]}. */
  private final float[] sums = new float[ROWS * VECTORS * SUMS];

  /** Room for the sums of a row and a vector. */
  float[] sums() {
    return sums;
  }

  /** Decodes a whole row. */
  void decodeRow(DenseMatrix w, int row, float[] out, int outOffset) {
    weights = atLeast(weights, (long) w.cols() * Float.BYTES);
    DenseDecode.decode(w.type(), Memory.address(w.data()) + row * w.rowBytes(), Memory.address(weights), w.cols(),
        codes);
    MemorySegment.copy(weights, ValueLayout.JAVA_FLOAT, 0, out, outOffset, w.cols());
  }

  /** Sets what the next rows are multiplied with: {@code count} vectors, at most {@link #VECTORS}. */
  void setVectors(float[] x, int xStride, int xOffset, int count, int cols) {
    tokens = count;
    vectors = atLeast(vectors, strips(cols) * count * STRIP_BYTES);
    for (int col = 0; col < cols; col += STRIP) {
      int length = Math.min(STRIP, cols - col);
      for (int t = 0; t < count; t++) {
        MemorySegment.copy(x, t * xStride + xOffset + col, vectors, ValueLayout.JAVA_FLOAT,
            (col / STRIP * (long) count + t) * STRIP_BYTES, length);
      }
    }
  }

  private static MemorySegment atLeast(MemorySegment memory, long bytes) {
    return memory.byteSize() >= bytes ? memory : Arena.ofAuto().allocate(bytes, Species.BYTES);
  }

  private static long strips(int cols) {
    return (cols + STRIP - 1L) / STRIP;
  }

  /** Multiplies rows {@code row..row + rows}, at most {@link #ROWS}, with every vector. */
  void multiply(DenseMatrix w, int row, int rows, float[] y, int yStride, int yOffset) {
    int cols = w.cols();
    int sumStride = tokens * SUMS;
    weights = atLeast(weights, strips(cols) * ROWS * STRIP_BYTES);
    Arrays.fill(sums, 0, rows * sumStride, 0);
    for (int r = 0; r < rows; r++) {
      long address = Memory.address(w.data()) + (row + r) * w.rowBytes();
      for (int col = 0; col < cols; col += STRIP) {
        DenseDecode.decode(w.type(), address + w.type().rowBytes(col),
            Memory.address(weights) + (col / STRIP * (long) ROWS + r) * STRIP_BYTES, Math.min(STRIP, cols - col),
            codes);
      }
    }
    int whole = FLOAT.loopBound(cols);
    for (int col = 0; col < whole; col += STRIP) {
      addStrips(rows, Memory.address(weights) + (long) (col / STRIP) * ROWS * STRIP_BYTES,
          Memory.address(vectors) + (long) (col / STRIP) * tokens * STRIP_BYTES, Math.min(STRIP, whole - col),
          sumStride);
    }
    int tail = whole % STRIP;
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t < tokens; t++) {
        int at = r * sumStride + t * SUMS;
        FLOATS.cast(FloatVector.fromArray(FLOAT, sums, at))
            .add(FLOATS.cast(FloatVector.fromArray(FLOAT, sums, at + LANES))).intoArray(sums, at);
        float sum = sumOfLanes(sums, at);
        for (int c = whole; c < cols; c++) {
          long inStrip = (long) (tail + c - whole) * Float.BYTES;
          sum += Memory.getFloat(Memory.address(weights) + (c / STRIP * (long) ROWS + r) * STRIP_BYTES + inStrip)
              * Memory.getFloat(Memory.address(vectors) + (c / STRIP * (long) tokens + t) * STRIP_BYTES + inStrip);
        }
        y[t * yStride + yOffset + row + r] = sum;
      }
    }
  }

  /**
   * Adds the lanes by halves. Not {@link FloatVector#reduceLanes}, which promises no order, and has another one in the interpreter
   * than in compiled code.
   */
  static float sumOfLanes(float[] sums, int offset) {
    FloatVector s = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, offset));
    if (LANES == 16) {
      s = s.add(s.rearrange(FROM_8));
    }
    if (LANES >= 8) {
      s = s.add(s.rearrange(FROM_4));
    }
    s = s.add(s.rearrange(FROM_2));
    s = s.add(s.rearrange(FROM_1));
    return s.lane(0);
  }

  private void addStrips(int rows, long w, long x, int count, int sumStride) {
    int t = 0;
    for (; t <= tokens - TOKENS; t += TOKENS) {
      long xToken = x + t * STRIP_BYTES;
      int r = 0;
      for (; MANY_REGISTERS && r <= rows - 2; r += 2) {
        addTwoByFour(w + r * STRIP_BYTES, xToken, count, sums, r * sumStride + t * SUMS, sumStride);
      }
      for (; r < rows; r++) {
        addOneByFour(w + r * STRIP_BYTES, xToken, count, sums, r * sumStride + t * SUMS);
      }
    }
    for (; t < tokens; t++) {
      long xToken = x + t * STRIP_BYTES;
      int r = 0;
      for (; r <= rows - 4; r += 4) {
        addFourByOne(w + r * STRIP_BYTES, xToken, count, sums, r * sumStride + t * SUMS, sumStride);
      }
      for (; r < rows; r++) {
        addOne(w + r * STRIP_BYTES, xToken, count, sums, r * sumStride + t * SUMS);
      }
    }
  }

  /** Two decoded rows times four vectors: six loads for eight vectors of products. */
  private static void addTwoByFour(long w, long x, int count, float[] sums, int sum, int sumStride) {
    FloatVector a0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum));
    FloatVector a0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + LANES));
    FloatVector a1x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + SUMS));
    FloatVector a1y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + SUMS + LANES));
    FloatVector a2x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * SUMS));
    FloatVector a2y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * SUMS + LANES));
    FloatVector a3x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * SUMS));
    FloatVector a3y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * SUMS + LANES));
    FloatVector b0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride));
    FloatVector b0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + LANES));
    FloatVector b1x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + SUMS));
    FloatVector b1y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + SUMS + LANES));
    FloatVector b2x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + 2 * SUMS));
    FloatVector b2y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + 2 * SUMS + LANES));
    FloatVector b3x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + 3 * SUMS));
    FloatVector b3y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + 3 * SUMS + LANES));
    int c = 0;
    for (; c <= count - 2 * LANES; c += 2 * LANES) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector bx = Memory.floats(w + STRIP_BYTES + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      b0x = bx.fma(v0x, b0x);
      FloatVector v1x = Memory.floats(x + STRIP_BYTES + at);
      a1x = ax.fma(v1x, a1x);
      b1x = bx.fma(v1x, b1x);
      FloatVector v2x = Memory.floats(x + 2 * STRIP_BYTES + at);
      a2x = ax.fma(v2x, a2x);
      b2x = bx.fma(v2x, b2x);
      FloatVector v3x = Memory.floats(x + 3 * STRIP_BYTES + at);
      a3x = ax.fma(v3x, a3x);
      b3x = bx.fma(v3x, b3x);
      FloatVector ay = Memory.floats(w + at + Species.BYTES);
      FloatVector by = Memory.floats(w + STRIP_BYTES + at + Species.BYTES);
      FloatVector v0y = Memory.floats(x + at + Species.BYTES);
      a0y = ay.fma(v0y, a0y);
      b0y = by.fma(v0y, b0y);
      FloatVector v1y = Memory.floats(x + STRIP_BYTES + at + Species.BYTES);
      a1y = ay.fma(v1y, a1y);
      b1y = by.fma(v1y, b1y);
      FloatVector v2y = Memory.floats(x + 2 * STRIP_BYTES + at + Species.BYTES);
      a2y = ay.fma(v2y, a2y);
      b2y = by.fma(v2y, b2y);
      FloatVector v3y = Memory.floats(x + 3 * STRIP_BYTES + at + Species.BYTES);
      a3y = ay.fma(v3y, a3y);
      b3y = by.fma(v3y, b3y);
    }
    if (c < count) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector bx = Memory.floats(w + STRIP_BYTES + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      b0x = bx.fma(v0x, b0x);
      FloatVector v1x = Memory.floats(x + STRIP_BYTES + at);
      a1x = ax.fma(v1x, a1x);
      b1x = bx.fma(v1x, b1x);
      FloatVector v2x = Memory.floats(x + 2 * STRIP_BYTES + at);
      a2x = ax.fma(v2x, a2x);
      b2x = bx.fma(v2x, b2x);
      FloatVector v3x = Memory.floats(x + 3 * STRIP_BYTES + at);
      a3x = ax.fma(v3x, a3x);
      b3x = bx.fma(v3x, b3x);
    }
    a0x.intoArray(sums, sum);
    a0y.intoArray(sums, sum + LANES);
    a1x.intoArray(sums, sum + SUMS);
    a1y.intoArray(sums, sum + SUMS + LANES);
    a2x.intoArray(sums, sum + 2 * SUMS);
    a2y.intoArray(sums, sum + 2 * SUMS + LANES);
    a3x.intoArray(sums, sum + 3 * SUMS);
    a3y.intoArray(sums, sum + 3 * SUMS + LANES);
    b0x.intoArray(sums, sum + sumStride);
    b0y.intoArray(sums, sum + sumStride + LANES);
    b1x.intoArray(sums, sum + sumStride + SUMS);
    b1y.intoArray(sums, sum + sumStride + SUMS + LANES);
    b2x.intoArray(sums, sum + sumStride + 2 * SUMS);
    b2y.intoArray(sums, sum + sumStride + 2 * SUMS + LANES);
    b3x.intoArray(sums, sum + sumStride + 3 * SUMS);
    b3y.intoArray(sums, sum + sumStride + 3 * SUMS + LANES);
  }

  private static void addOneByFour(long w, long x, int count, float[] sums, int sum) {
    FloatVector a0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum));
    FloatVector a0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + LANES));
    FloatVector a1x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + SUMS));
    FloatVector a1y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + SUMS + LANES));
    FloatVector a2x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * SUMS));
    FloatVector a2y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * SUMS + LANES));
    FloatVector a3x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * SUMS));
    FloatVector a3y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * SUMS + LANES));
    int c = 0;
    for (; c <= count - 2 * LANES; c += 2 * LANES) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      FloatVector v1x = Memory.floats(x + STRIP_BYTES + at);
      a1x = ax.fma(v1x, a1x);
      FloatVector v2x = Memory.floats(x + 2 * STRIP_BYTES + at);
      a2x = ax.fma(v2x, a2x);
      FloatVector v3x = Memory.floats(x + 3 * STRIP_BYTES + at);
      a3x = ax.fma(v3x, a3x);
      FloatVector ay = Memory.floats(w + at + Species.BYTES);
      FloatVector v0y = Memory.floats(x + at + Species.BYTES);
      a0y = ay.fma(v0y, a0y);
      FloatVector v1y = Memory.floats(x + STRIP_BYTES + at + Species.BYTES);
      a1y = ay.fma(v1y, a1y);
      FloatVector v2y = Memory.floats(x + 2 * STRIP_BYTES + at + Species.BYTES);
      a2y = ay.fma(v2y, a2y);
      FloatVector v3y = Memory.floats(x + 3 * STRIP_BYTES + at + Species.BYTES);
      a3y = ay.fma(v3y, a3y);
    }
    if (c < count) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      FloatVector v1x = Memory.floats(x + STRIP_BYTES + at);
      a1x = ax.fma(v1x, a1x);
      FloatVector v2x = Memory.floats(x + 2 * STRIP_BYTES + at);
      a2x = ax.fma(v2x, a2x);
      FloatVector v3x = Memory.floats(x + 3 * STRIP_BYTES + at);
      a3x = ax.fma(v3x, a3x);
    }
    a0x.intoArray(sums, sum);
    a0y.intoArray(sums, sum + LANES);
    a1x.intoArray(sums, sum + SUMS);
    a1y.intoArray(sums, sum + SUMS + LANES);
    a2x.intoArray(sums, sum + 2 * SUMS);
    a2y.intoArray(sums, sum + 2 * SUMS + LANES);
    a3x.intoArray(sums, sum + 3 * SUMS);
    a3y.intoArray(sums, sum + 3 * SUMS + LANES);
  }

  private static void addFourByOne(long w, long x, int count, float[] sums, int sum, int sumStride) {
    FloatVector a0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum));
    FloatVector a0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + LANES));
    FloatVector b0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride));
    FloatVector b0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + sumStride + LANES));
    FloatVector c0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * sumStride));
    FloatVector c0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 2 * sumStride + LANES));
    FloatVector d0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * sumStride));
    FloatVector d0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + 3 * sumStride + LANES));
    int c = 0;
    for (; c <= count - 2 * LANES; c += 2 * LANES) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector bx = Memory.floats(w + STRIP_BYTES + at);
      FloatVector cx = Memory.floats(w + 2 * STRIP_BYTES + at);
      FloatVector dx = Memory.floats(w + 3 * STRIP_BYTES + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      b0x = bx.fma(v0x, b0x);
      c0x = cx.fma(v0x, c0x);
      d0x = dx.fma(v0x, d0x);
      FloatVector ay = Memory.floats(w + at + Species.BYTES);
      FloatVector by = Memory.floats(w + STRIP_BYTES + at + Species.BYTES);
      FloatVector cy = Memory.floats(w + 2 * STRIP_BYTES + at + Species.BYTES);
      FloatVector dy = Memory.floats(w + 3 * STRIP_BYTES + at + Species.BYTES);
      FloatVector v0y = Memory.floats(x + at + Species.BYTES);
      a0y = ay.fma(v0y, a0y);
      b0y = by.fma(v0y, b0y);
      c0y = cy.fma(v0y, c0y);
      d0y = dy.fma(v0y, d0y);
    }
    if (c < count) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector bx = Memory.floats(w + STRIP_BYTES + at);
      FloatVector cx = Memory.floats(w + 2 * STRIP_BYTES + at);
      FloatVector dx = Memory.floats(w + 3 * STRIP_BYTES + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      b0x = bx.fma(v0x, b0x);
      c0x = cx.fma(v0x, c0x);
      d0x = dx.fma(v0x, d0x);
    }
    a0x.intoArray(sums, sum);
    a0y.intoArray(sums, sum + LANES);
    b0x.intoArray(sums, sum + sumStride);
    b0y.intoArray(sums, sum + sumStride + LANES);
    c0x.intoArray(sums, sum + 2 * sumStride);
    c0y.intoArray(sums, sum + 2 * sumStride + LANES);
    d0x.intoArray(sums, sum + 3 * sumStride);
    d0y.intoArray(sums, sum + 3 * sumStride + LANES);
  }

  private static void addOne(long w, long x, int count, float[] sums, int sum) {
    FloatVector a0x = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum));
    FloatVector a0y = FLOATS.cast(FloatVector.fromArray(FLOAT, sums, sum + LANES));
    int c = 0;
    for (; c <= count - 2 * LANES; c += 2 * LANES) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
      FloatVector ay = Memory.floats(w + at + Species.BYTES);
      FloatVector v0y = Memory.floats(x + at + Species.BYTES);
      a0y = ay.fma(v0y, a0y);
    }
    if (c < count) {
      long at = (long) c * Float.BYTES;
      FloatVector ax = Memory.floats(w + at);
      FloatVector v0x = Memory.floats(x + at);
      a0x = ax.fma(v0x, a0x);
    }
    a0x.intoArray(sums, sum);
    a0y.intoArray(sums, sum + LANES);
  }
}
