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

  private DenseRows() {}

  static void sumF32(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Float.BYTES;
      sum0 = FloatVector.fromMemorySegment(FLOAT, ALL, w, ORDER).fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      sum1 = FloatVector.fromMemorySegment(FLOAT, ALL, w + (long) LANES * Float.BYTES, ORDER)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Float.BYTES;
      sum0 = FloatVector.fromMemorySegment(FLOAT, ALL, w, ORDER).fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  static void sumBf16(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      IntVector bits1 = (IntVector) ShortVector
          .fromMemorySegment(SHORT_LANES, ALL, w + (long) LANES * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum1 = bits1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  static void sumF16(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      IntVector bits1 = ((IntVector) ShortVector
          .fromMemorySegment(SHORT_LANES, ALL, w + (long) LANES * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite1 = bits1.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum1 = bits1.add(TO_INFINITY, infinite1).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    if (c < cols) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
    }
    sum0.add(sum1).intoArray(sums, 0);
  }

  /** Needs {@link Species#WIDE}. */
  static void sumQ8(long row, float[] x, int offset, int cols, float[] sums) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    long block = row;
    for (int c = 0; c < cols; c += Q8_BLOCK) {
      FloatVector scale = FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, block)));
      for (int v = 0; v < Q8_BLOCK; v += 2 * LANES) {
        long at = block + SCALE_BYTES + v;
        FloatVector w0 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, at, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        FloatVector w1 = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, at + LANES, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        sum0 = w0.mul(scale).fma(FloatVector.fromArray(FLOAT, x, offset + c + v), sum0);
        sum1 = w1.mul(scale).fma(FloatVector.fromArray(FLOAT, x, offset + c + v + LANES), sum1);
      }
      block += Q8_BLOCK_BYTES;
    }
    sum0.add(sum1).intoArray(sums, 0);
  }
}
