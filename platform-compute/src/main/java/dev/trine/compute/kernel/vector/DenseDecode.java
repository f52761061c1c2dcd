/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT_LANES;

/** Stored weights to floats, exactly. Addresses are absolute; counts are multiples of the type's block size. */
final class DenseDecode {

  private DenseDecode() {}

  /** Decodes {@code count} weights that start at a block's first byte. */
  static void decode(DenseType type, long from, float[] out, int offset, int count, CodeStrip codes) {
    switch (type) {
      case F32 -> MemorySegment.copy(ALL, Memory.FLOAT, from, out, offset, count);
      case F16 -> decodeF16(from, out, offset, count);
      case BF16 -> decodeBf16(from, out, offset, count);
      default -> codes.decode(type, from, out, offset, count);
    }
  }

  private static void decodeF16(long from, float[] out, int offset, int count) {
    int c = 0;
    for (; c <= count - LANES; c += LANES) {
      IntVector bits = ((IntVector) ShortVector
          .fromMemorySegment(SHORT_LANES, ALL, from + (long) c * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, DenseRows.HALF_SHIFT)
          .and(DenseRows.HALF_BITS);
      VectorMask<Integer> infinite = bits.and(DenseRows.HALF_MAGNITUDE).compare(VectorOperators.GE,
          DenseRows.HALF_INFINITY);
      bits.add(DenseRows.TO_INFINITY, infinite).reinterpretAsFloats().mul(DenseRows.HALF_SCALE).intoArray(out,
          offset + c);
    }
    for (; c < count; c++) {
      out[offset + c] = Float.float16ToFloat(ALL.get(Memory.SHORT, from + (long) c * Short.BYTES));
    }
  }

  private static void decodeBf16(long from, float[] out, int offset, int count) {
    int c = 0;
    for (; c <= count - LANES; c += LANES) {
      ((IntVector) ShortVector.fromMemorySegment(SHORT_LANES, ALL, from + (long) c * Short.BYTES, ORDER)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .intoArray(out, offset + c);
    }
    for (; c < count; c++) {
      out[offset + c] = Float.intBitsToFloat(ALL.get(Memory.SHORT, from + (long) c * Short.BYTES) << 16);
    }
  }
}
