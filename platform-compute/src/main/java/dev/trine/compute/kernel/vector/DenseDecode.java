/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.DenseRows.BLOCK;
import static dev.trine.compute.kernel.vector.DenseRows.Q4_BLOCK_BYTES;
import static dev.trine.compute.kernel.vector.DenseRows.Q8_BLOCK_BYTES;
import static dev.trine.compute.kernel.vector.DenseRows.SCALE_BYTES;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_LANES;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORT_LANES;
import static dev.trine.compute.kernel.vector.Species.WIDE;

/** Stored weights to floats, exactly. Addresses are absolute; counts are multiples of the type's block size. */
final class DenseDecode {

  private DenseDecode() {}

  /** Decodes {@code count} weights that start at a block's first byte. */
  static void decode(DenseType type, long from, float[] out, int offset, int count) {
    switch (type) {
      case F32 -> MemorySegment.copy(ALL, Memory.FLOAT, from, out, offset, count);
      case F16 -> decodeF16(from, out, offset, count);
      case BF16 -> decodeBf16(from, out, offset, count);
      case Q8_0 -> {
        for (int c = 0; c < count; c += BLOCK) {
          decodeQ8(from + (long) (c / BLOCK) * Q8_BLOCK_BYTES, out, offset + c);
        }
      }
      case Q4_0 -> {
        for (int c = 0; c < count; c += BLOCK) {
          decodeQ4(from + (long) (c / BLOCK) * Q4_BLOCK_BYTES, out, offset + c);
        }
      }
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

  private static void decodeQ8(long block, float[] out, int offset) {
    float scale = Float.float16ToFloat(ALL.get(Memory.SHORT, block));
    if (WIDE) {
      for (int v = 0; v < BLOCK; v += LANES) {
        ((FloatVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, block + SCALE_BYTES + v, ORDER)
            .convertShape(VectorOperators.B2F, FLOAT, 0)).mul(scale).intoArray(out, offset + v);
      }
    } else {
      for (int v = 0; v < BLOCK; v += 2 * LANES) {
        ShortVector eight = (ShortVector) ByteVector.fromMemorySegment(BYTE_LANES, ALL, block + SCALE_BYTES + v, ORDER)
            .convertShape(VectorOperators.B2S, SHORT, 0);
        ((FloatVector) eight.convertShape(VectorOperators.S2F, FLOAT, 0)).mul(scale).intoArray(out, offset + v);
        ((FloatVector) eight.convertShape(VectorOperators.S2F, FLOAT, 1)).mul(scale).intoArray(out, offset + v + LANES);
      }
    }
  }

  private static void decodeQ4(long block, float[] out, int offset) {
    float scale = Float.float16ToFloat(ALL.get(Memory.SHORT, block));
    for (int i = 0; i < BLOCK / 2; i++) {
      int pair = ALL.get(ValueLayout.JAVA_BYTE, block + SCALE_BYTES + i);
      out[offset + i] = ((pair & 15) - 8) * scale;
      out[offset + BLOCK / 2 + i] = ((pair >> 4 & 15) - 8) * scale;
    }
  }
}
