/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;

/** Stored weights to floats, exactly. Addresses are absolute; counts are multiples of the type's block size. */
final class DenseDecode {

  private DenseDecode() {}

  /** Decodes {@code count} weights that start at a block's first byte to floats from address {@code to} on. */
  static void decode(DenseType type, long from, long to, int count, CodeStrip codes) {
    switch (type) {
      case F32 -> Memory.copy(from, to, (long) count * Float.BYTES);
      case F16 -> decodeF16(from, to, count);
      case BF16 -> decodeBf16(from, to, count);
      default -> codes.decode(type, from, to, count);
    }
  }

  private static void decodeF16(long from, long to, int count) {
    int c = 0;
    for (; c <= count - LANES; c += LANES) {
      IntVector bits = ((IntVector) Memory.shortLanes(from + (long) c * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, DenseRows.HALF_SHIFT)
          .and(DenseRows.HALF_BITS);
      VectorMask<Integer> infinite = bits.and(DenseRows.HALF_MAGNITUDE).compare(VectorOperators.GE,
          DenseRows.HALF_INFINITY);
      bits.add(DenseRows.TO_INFINITY, infinite).reinterpretAsFloats().mul(DenseRows.HALF_SCALE)
          .intoMemorySegment(ALL, Memory.at(to + (long) c * Float.BYTES, Species.BYTES), ORDER);
    }
    for (; c < count; c++) {
      Memory.putFloat(to + (long) c * Float.BYTES,
          Float.float16ToFloat(Memory.getShort(from + (long) c * Short.BYTES)));
    }
  }

  private static void decodeBf16(long from, long to, int count) {
    int c = 0;
    for (; c <= count - LANES; c += LANES) {
      ((IntVector) Memory.shortLanes(from + (long) c * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .intoMemorySegment(ALL, Memory.at(to + (long) c * Float.BYTES, Species.BYTES), ORDER);
    }
    for (; c < count; c++) {
      Memory.putFloat(to + (long) c * Float.BYTES,
          Float.intBitsToFloat(Memory.getShort(from + (long) c * Short.BYTES) << 16));
    }
  }
}
