/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_LANES;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT_LANES;

/**
 * Products of four stored rows with one vector, decoding on the way. Rows are given by absolute address. Each method handles the
 * first {@code cols} columns, a multiple of {@link Species#LANES}, and leaves the sums of each row's lanes in {@code sums}, one
 * row after the other: lane i sums columns i, i + LANES and so on, in this order, as the tiles of {@link VectorDenseKernel} do.
 */
final class DenseRows {

  /** Rows of one call. */
  static final int ROWS = 4;

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

  private DenseRows() {}

  static void sumF32(long row0, long row1, long row2, long row3, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int c = 0; c < cols; c += LANES) {
      long at = (long) c * Float.BYTES;
      FloatVector v = FloatVector.fromArray(FLOAT, x, offset + c);
      sum0 = FloatVector.fromMemorySegment(FLOAT, ALL, row0 + at, ORDER).fma(v, sum0);
      sum1 = FloatVector.fromMemorySegment(FLOAT, ALL, row1 + at, ORDER).fma(v, sum1);
      sum2 = FloatVector.fromMemorySegment(FLOAT, ALL, row2 + at, ORDER).fma(v, sum2);
      sum3 = FloatVector.fromMemorySegment(FLOAT, ALL, row3 + at, ORDER).fma(v, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  static void sumBf16(long row0, long row1, long row2, long row3, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int c = 0; c < cols; c += LANES) {
      long at = (long) c * Short.BYTES;
      FloatVector v = FloatVector.fromArray(FLOAT, x, offset + c);
      IntVector bits0 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row0 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(v, sum0);
      IntVector bits1 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row1 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum1 = bits1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(v, sum1);
      IntVector bits2 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row2 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum2 = bits2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(v, sum2);
      IntVector bits3 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row3 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum3 = bits3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(v, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  static void sumF16(long row0, long row1, long row2, long row3, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int c = 0; c < cols; c += LANES) {
      long at = (long) c * Short.BYTES;
      FloatVector v = FloatVector.fromArray(FLOAT, x, offset + c);
      IntVector bits0 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row0 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE).fma(v, sum0);
      IntVector bits1 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row1 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite1 = bits1.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum1 = bits1.add(TO_INFINITY, infinite1).reinterpretAsFloats().mul(HALF_SCALE).fma(v, sum1);
      IntVector bits2 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row2 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite2 = bits2.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum2 = bits2.add(TO_INFINITY, infinite2).reinterpretAsFloats().mul(HALF_SCALE).fma(v, sum2);
      IntVector bits3 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, row3 + at, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite3 = bits3.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum3 = bits3.add(TO_INFINITY, infinite3).reinterpretAsFloats().mul(HALF_SCALE).fma(v, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ8(long row0, long row1, long row2, long row3, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    long block = 0;
    for (int c = 0; c < cols; c += Q8_BLOCK) {
      FloatVector scale0 = FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, row0 + block)));
      FloatVector scale1 = FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, row1 + block)));
      FloatVector scale2 = FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, row2 + block)));
      FloatVector scale3 = FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, row3 + block)));
      for (int v = 0; v < Q8_BLOCK; v += LANES) {
        long at = block + SCALE_BYTES + v;
        FloatVector values = FloatVector.fromArray(FLOAT, x, offset + c + v);
        FloatVector w0 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, row0 + at, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum0 = w0.mul(scale0).fma(values, sum0);
        FloatVector w1 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, row1 + at, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum1 = w1.mul(scale1).fma(values, sum1);
        FloatVector w2 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, row2 + at, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum2 = w2.mul(scale2).fma(values, sum2);
        FloatVector w3 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, row3 + at, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum3 = w3.mul(scale3).fma(values, sum3);
      }
      block += Q8_BLOCK_BYTES;
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }
}
