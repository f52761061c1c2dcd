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
 * Products of one stored row with one vector, decoding on the way. Rows are given by absolute address; lengths are multiples
 * of the type's block size. The block types need {@link Species#WIDE}.
 */
final class DenseRows {

  static final int BLOCK = 32;
  static final int SCALE_BYTES = 2;
  static final int Q8_BLOCK_BYTES = SCALE_BYTES + BLOCK;
  static final int Q4_BLOCK_BYTES = SCALE_BYTES + BLOCK / 2;

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

  static float dotF32(long row, float[] x, int offset, int cols) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Float.BYTES;
      sum0 = FloatVector.fromMemorySegment(FLOAT, ALL, w, ORDER).fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      sum1 = FloatVector.fromMemorySegment(FLOAT, ALL, w + (long) LANES * Float.BYTES, ORDER)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; c < cols; c++) {
      sum += ALL.get(Memory.FLOAT, row + (long) c * Float.BYTES) * x[offset + c];
    }
    return sum;
  }

  static float dotBf16(long row, float[] x, int offset, int cols) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = (IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      IntVector bits1 = (IntVector) ShortVector
          .fromMemorySegment(SHORT_LANES, ALL, w + (long) LANES * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0);
      sum0 = bits0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      sum1 = bits1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; c < cols; c++) {
      sum += Float.intBitsToFloat(ALL.get(Memory.SHORT, row + (long) c * Short.BYTES) << 16) * x[offset + c];
    }
    return sum;
  }

  static float dotF16(long row, float[] x, int offset, int cols) {
    FloatVector sum0 = FloatVector.zero(FLOAT);
    FloatVector sum1 = sum0;
    int c = 0;
    for (; c <= cols - 2 * LANES; c += 2 * LANES) {
      long w = row + (long) c * Short.BYTES;
      IntVector bits0 = ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, w, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      IntVector bits1 = ((IntVector) ShortVector
          .fromMemorySegment(SHORT_LANES, ALL, w + (long) LANES * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
      VectorMask<Integer> infinite0 = bits0.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      VectorMask<Integer> infinite1 = bits1.and(HALF_MAGNITUDE).compare(VectorOperators.GE, HALF_INFINITY);
      sum0 = bits0.add(TO_INFINITY, infinite0).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c), sum0);
      sum1 = bits1.add(TO_INFINITY, infinite1).reinterpretAsFloats().mul(HALF_SCALE)
          .fma(FloatVector.fromArray(FLOAT, x, offset + c + LANES), sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; c < cols; c++) {
      sum += Float.float16ToFloat(ALL.get(Memory.SHORT, row + (long) c * Short.BYTES)) * x[offset + c];
    }
    return sum;
  }

  static float dotQ8(long row, float[] x, int offset, int cols) {
    FloatVector sum = FloatVector.zero(FLOAT);
    long block = row;
    for (int c = 0; c < cols; c += BLOCK) {
      FloatVector products = FloatVector.zero(FLOAT);
      for (int v = 0; v < BLOCK; v += LANES) {
        FloatVector w = (FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, block + SCALE_BYTES + v, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        products = w.fma(FloatVector.fromArray(FLOAT, x, offset + c + v), products);
      }
      sum = products.fma(FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, block))), sum);
      block += Q8_BLOCK_BYTES;
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  static float dotQ4(long row, float[] x, int offset, int cols) {
    FloatVector sum = FloatVector.zero(FLOAT);
    long block = row;
    for (int c = 0; c < cols; c += BLOCK) {
      FloatVector products = FloatVector.zero(FLOAT);
      for (int v = 0; v < BLOCK / 2; v += LANES) {
        ByteVector pairs = ByteVector.fromMemorySegment(BYTE_LANES, ALL, block + SCALE_BYTES + v, ORDER);
        FloatVector low = (FloatVector) pairs.and((byte) 15).sub((byte) 8).convertShape(VectorOperators.B2F, FLOAT, 0);
        FloatVector high = (FloatVector) pairs.lanewise(VectorOperators.LSHR, 4).sub((byte) 8)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        products = low.fma(FloatVector.fromArray(FLOAT, x, offset + c + v), products);
        products = high.fma(FloatVector.fromArray(FLOAT, x, offset + c + BLOCK / 2 + v), products);
      }
      sum = products.fma(FloatVector.broadcast(FLOAT, Float.float16ToFloat(ALL.get(Memory.SHORT, block))), sum);
      block += Q4_BLOCK_BYTES;
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }
}
