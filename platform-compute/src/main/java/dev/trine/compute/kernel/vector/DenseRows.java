/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;

/**
 * Products of one stored row with one vector, decoding on the way. Rows are given by absolute address; several at a time would be
 * slower, since the processor reads ahead best in one place. Each method handles the first {@code cols} columns, a multiple of
 * {@link Species#LANES}, and sums in the order that {@link DenseTile} describes.
 */
final class DenseRows {

  static final int Q8_BLOCK = 32;
  private static final int SCALE_BYTES = 2;
  private static final int Q8_BLOCK_BYTES = SCALE_BYTES + Q8_BLOCK;

  /** Shifts a half's exponent and mantissa to a float's place. */
  static final int HALF_SHIFT = 13;
  /** The sign, and all that {@link #HALF_SHIFT} leaves of a sign-extended half below its copies of the sign. */
  static final int HALF_BITS = 0x8fff_e000;
  static final int HALF_MAGNITUDE = 0x0fff_e000;
  /** A shifted half from here on is infinite or not a number. */
  static final int HALF_INFINITY = 0x1f << 23;
  /** Makes the exponent of a shifted infinity that of a float's. */
  static final int TO_INFINITY = (0xff - 0x1f) << 23;
  /** The difference of the exponents' biases; a multiplication applies it to subnormal halves too. */
  static final float HALF_SCALE = 0x1p112f;

  /** Twice the number of the lane. */
  private static final IntVector PAIR_OF_LANE = IntVector.zero(INT).addIndex(2);

  private DenseRows() {}

  static void sumF32(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Float.BYTES;
      sum0 = Memory.floats(w).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
      sum1 = Memory.floats(w + (long) LANES * Float.BYTES)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + LANES)), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Float.BYTES;
      sum0 = Memory.floats(w).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  static void sumBf16(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = (IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
      IntVector bits1 = (IntVector) Memory.shortLanes(w + (long) LANES * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum1 = bits1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + LANES)), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = (IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Any values; returns whether all of them are finite. */
  static boolean sumF16(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    VectorMask<Integer> infinite = INT.maskAll(false);
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      infinite = infinite.or(infinite0);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
      IntVector bits1 = ((IntVector) Memory.shortLanes(w + (long) LANES * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite1 = bits1.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      infinite = infinite.or(infinite1);
      sum1 = bits1.add(TO_INFINITY, infinite1).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + LANES)), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      infinite = infinite.or(infinite0);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
    return !infinite.anyTrue();
  }

  /** For values that are known to be finite. */
  static void sumFiniteF16(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      sum0 = bits0.reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
      IntVector bits1 = ((IntVector) Memory.shortLanes(w + (long) LANES * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      sum1 = bits1.reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + LANES)), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) Memory.shortLanes(w)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      sum0 = bits0.reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c)), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ8(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = 0; c < cols; c += Q8_BLOCK) {
      FloatVector scale = FloatVector.broadcast(FLOAT, Float.float16ToFloat(Memory.getShort(block)));
      for (int v = 0; v < Q8_BLOCK; v += 2 * LANES) {
        long at = block + SCALE_BYTES + v;
        FloatVector w0 = (FloatVector) Memory.byteLanes(at)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        FloatVector w1 = (FloatVector) Memory.byteLanes(at + LANES)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum0 = w0.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + v)), sum0);
        sum1 = w1.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + c + v + LANES)), sum1);
      }
      block += Q8_BLOCK_BYTES;
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ4(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = offset; c < offset + cols; c += 32) {
      FloatVector scale = FloatVector.broadcast(FLOAT, Float.float16ToFloat(Memory.getShort(block)));
      IntVector first = ((IntVector) Memory.byteLanes(block + SCALE_BYTES)
          .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0));
      if (LANES == 16) {
        FloatVector low = (FloatVector) first.and(15).sub(8).convert(VectorOperators.I2F, 0);
        FloatVector high = (FloatVector) first.lanewise(VectorOperators.LSHR, 4).sub(8).convert(VectorOperators.I2F, 0);
        sum0 = low.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c)), sum0);
        sum1 = high.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + 16)), sum1);
      } else {
        IntVector second = ((IntVector) Memory.byteLanes(block + SCALE_BYTES + LANES)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0));
        FloatVector low0 = (FloatVector) first.and(15).sub(8).convert(VectorOperators.I2F, 0);
        FloatVector low1 = (FloatVector) second.and(15).sub(8).convert(VectorOperators.I2F, 0);
        sum0 = low0.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c)), sum0);
        sum1 = low1.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + LANES)), sum1);
        FloatVector high0 = (FloatVector) first.lanewise(VectorOperators.LSHR, 4).sub(8).convert(VectorOperators.I2F,
            0);
        FloatVector high1 = (FloatVector) second.lanewise(VectorOperators.LSHR, 4).sub(8)
            .convert(VectorOperators.I2F, 0);
        sum0 = high0.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + 16)), sum0);
        sum1 = high1.mul(scale).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + 16 + LANES)), sum1);
      }
      block += DenseType.Q4_0.blockBytes();
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ4K(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = offset; c < offset + cols; c += 256) {
      float d = Float.float16ToFloat(Memory.getShort(block));
      float dmin = Float.float16ToFloat(Memory.getShort(block + 2));
      // Eight 6-bit scales and eight minima, spread out to a byte each.
      int first = Memory.getInt(block + 4);
      int second = Memory.getInt(block + 8);
      int third = Memory.getInt(block + 12);
      long scales = (first & 0x3f3f3f3fL) | ((third & 0x0f0f0f0fL) | ((first >>> 2) & 0x30303030L)) << 32;
      long minima = (second & 0x3f3f3f3fL) | (((third >>> 4) & 0x0f0f0f0fL) | ((second >>> 2) & 0x30303030L)) << 32;
      long nibbles = block + 16;
      for (int at = c; at < c + 256; at += 64) {
        FloatVector scale = FloatVector.broadcast(FLOAT, d * (scales & 63));
        FloatVector minimum = FloatVector.broadcast(FLOAT, -(dmin * (minima & 63)));
        for (int v = 0; v < 32; v += 2 * LANES) {
          IntVector pairs0 = (IntVector) Memory.byteLanes(nibbles + v)
              .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
          IntVector pairs1 = (IntVector) Memory.byteLanes(nibbles + v + LANES)
              .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
          sum0 = ((FloatVector) pairs0.and(15).convert(VectorOperators.I2F, 0)).fma(scale, minimum)
              .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, at + v)), sum0);
          sum1 = ((FloatVector) pairs1.and(15).convert(VectorOperators.I2F, 0)).fma(scale, minimum)
              .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, at + v + LANES)), sum1);
        }
        scale = FloatVector.broadcast(FLOAT, d * ((scales >>> 8) & 63));
        minimum = FloatVector.broadcast(FLOAT, -(dmin * ((minima >>> 8) & 63)));
        for (int v = 0; v < 32; v += 2 * LANES) {
          IntVector pairs0 = (IntVector) Memory.byteLanes(nibbles + v)
              .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
          IntVector pairs1 = (IntVector) Memory.byteLanes(nibbles + v + LANES)
              .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
          sum0 = ((FloatVector) pairs0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(scale, minimum).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, at + 32 + v)), sum0);
          sum1 = ((FloatVector) pairs1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(scale, minimum).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, at + 32 + v + LANES)), sum1);
        }
        scales >>>= 16;
        minima >>>= 16;
        nibbles += 32;
      }
      block += DenseType.Q4_K.blockBytes();
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ1(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = offset; c < offset + cols; c += 128) {
      FloatVector plus = FloatVector.broadcast(FLOAT, Float.float16ToFloat(Memory.getShort(block)));
      FloatVector minus = plus.neg();
      for (int v = 0; v < 128; v += 32) {
        int bits = Memory.getInt(block + SCALE_BYTES + v / 8);
        for (int i = 0; i < 32; i += 2 * LANES) {
          VectorMask<Float> set0 = VectorMask.fromLong(FLOAT, bits >>> i);
          VectorMask<Float> set1 = VectorMask.fromLong(FLOAT, bits >>> (i + LANES));
          sum0 = minus.blend(plus, set0).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + v + i)), sum0);
          sum1 = minus.blend(plus, set1).fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + v + i + LANES)), sum1);
        }
      }
      block += DenseType.Q1_0.blockBytes();
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Groups of 64 or 128; needs {@link Species#WIDE}. */
  static void sumQ2(long row, int group, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = offset; c < offset + cols; c += group) {
      FloatVector scale = FloatVector.broadcast(FLOAT, Float.float16ToFloat(Memory.getShort(block)));
      for (int v = 0; v < group; v += 32) {
        long codes = Memory.getLong(block + SCALE_BYTES + v / 4);
        for (int i = 0; i < 32; i += 2 * LANES) {
          IntVector codes0 = IntVector.broadcast(INT, (int) (codes >>> (2 * i)))
              .lanewise(VectorOperators.LSHR, PAIR_OF_LANE)
              .and(3).sub(1);
          IntVector codes1 = IntVector.broadcast(INT, (int) (codes >>> (2 * (i + LANES))))
              .lanewise(VectorOperators.LSHR, PAIR_OF_LANE).and(3).sub(1);
          sum0 = ((FloatVector) codes0.convert(VectorOperators.I2F, 0)).mul(scale)
              .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + v + i)), sum0);
          sum1 = ((FloatVector) codes1.convert(VectorOperators.I2F, 0)).mul(scale)
              .fma(FLOATS.cast(FloatVector.fromArray(FLOAT, x, c + v + i + LANES)), sum1);
        }
      }
      block += SCALE_BYTES + group / 4;
    }
    sum0.add(sum1).intoArray(sums, 0);
  }
}
