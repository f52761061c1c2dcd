/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Int8Vectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.INTS;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORTS;

/**
 * Products of stored rows of {@link DenseType#PQ2_0} with vectors of 8 bits. A byte holds the codes of four columns next to each other,
 * so the vectors are laid out in four planes: lane k multiplies all codes of byte k, whose columns share a scale of the vector.
 * Products and their sums stay in 16 bits: 4 * 3 * 127 at most. One thread at a time.
 */
final class Int8Rows {

  /** Rows that are multiplied with a vector before the next vector is. */
  private static final int ROWS = 16;

  /** Columns of a group. */
  private static final int GROUP = 128;
  private static final int SCALE_BYTES = 2;
  /** Bytes of codes in a group, and columns of a group in each plane. */
  private static final int BYTES = GROUP / 4;

  private static final int STEP = SHORT.length();

  /** Bytes of what is kept of a vector for each group: planes, biases, scales. */
  private static final long GROUP_BYTES = GROUP * Short.BYTES + BYTES * (Short.BYTES + Float.BYTES);
  private static final long PLANE_BYTES = BYTES * Short.BYTES;
  private static final long BIASES = 4 * PLANE_BYTES;
  private static final long SCALES = BIASES + PLANE_BYTES;

  /**
   * Vectors, {@code [tokens, groups, GROUP_BYTES]}: four planes of shorts, of each four columns the first, of each four the second and
   * so on; then what each byte's lane has too much because codes are 1 too large; then the scale of each byte's lane. Native memory,
   * since that of arrays is not aligned to vectors.
   */
  private MemorySegment vectors = MemorySegment.NULL;
  private final float[] sums = new float[LANES];

  void multiply(DenseMatrix w, Int8Vectors x, int tokens, float[] y, int yStride, int yOffset, int fromRow, int toRow) {
    int cols = w.cols();
    long vectorBytes = cols / GROUP * GROUP_BYTES;
    if (vectors.byteSize() < tokens * vectorBytes) {
      vectors = Arena.ofAuto().allocate(tokens * vectorBytes, Species.BYTES);
    }
    for (int t = 0; t < tokens; t++) {
      layOut(x, t, Memory.address(vectors) + t * vectorBytes);
    }
    for (int block = fromRow; block < toRow; block += ROWS) {
      for (int t = 0; t < tokens; t++) {
        long vector = Memory.address(vectors) + t * vectorBytes;
        for (int row = block; row < Math.min(block + ROWS, toRow); row++) {
          sum(Memory.address(w.data()) + row * w.rowBytes(), cols, vector);
          y[t * yStride + yOffset + row] = DenseTile.sumOfLanes(sums, 0);
        }
      }
    }
  }

  private static void layOut(Int8Vectors x, int token, long vector) {
    for (int c = 0; c < x.cols(); c += 4) {
      long group = vector + c / GROUP * GROUP_BYTES;
      int lane = c % GROUP / 4;
      int sum = 0;
      for (int i = 0; i < 4; i++) {
        byte value = x.value(token, c + i);
        Memory.putShort(group + i * PLANE_BYTES + (long) lane * Short.BYTES, value);
        sum += value;
      }
      Memory.putShort(group + BIASES + (long) lane * Short.BYTES, (short) sum);
      Memory.putFloat(group + SCALES + (long) lane * Float.BYTES, x.scale(token, c / Int8Vectors.BLOCK));
    }
  }

  private void sum(long row, int cols, long vector) {
    FloatVector sum = FloatVector.zero(FLOAT);
    long block = row;
    long group = vector;
    for (int c = 0; c < cols; c += GROUP) {
      FloatVector scale = FloatVector.broadcast(FLOAT, Float.float16ToFloat(Memory.getShort(block)));
      for (int v = 0; v < BYTES; v += STEP) {
        long at = group + (long) v * Short.BYTES;
        // Both loads at once: the compiler does not inline helpers any more where a method has become as large as this one here.
        long scales = Memory.at(group + SCALES + (long) v * Float.BYTES, 2L * Species.BYTES);
        ShortVector codes = SHORTS.cast(
            Memory.byteHalf(block + SCALE_BYTES + v).convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT, 0));
        ShortVector products = codes.and((short) 3).mul(Memory.shorts(at))
            .add(codes.lanewise(VectorOperators.LSHR, 2).and((short) 3)
                .mul(Memory.shorts(at + PLANE_BYTES)))
            .add(codes.lanewise(VectorOperators.LSHR, 4).and((short) 3)
                .mul(Memory.shorts(at + 2 * PLANE_BYTES)))
            .add(codes.lanewise(VectorOperators.LSHR, 6)
                .mul(Memory.shorts(at + 3 * PLANE_BYTES)))
            .sub(Memory.shorts(at + BIASES));
        FloatVector low = FLOATS.cast(
            INTS.cast(products.convertShape(VectorOperators.S2I, INT, 0)).convert(VectorOperators.I2F, 0));
        FloatVector high = FLOATS.cast(
            INTS.cast(products.convertShape(VectorOperators.S2I, INT, 1)).convert(VectorOperators.I2F, 0));
        sum = low.mul(FLOATS.cast(FloatVector.fromMemorySegment(FLOAT, ALL, scales, ORDER)))
            .add(high.mul(FLOATS.cast(FloatVector.fromMemorySegment(FLOAT, ALL, scales + Species.BYTES, ORDER))))
            .fma(scale, sum);
      }
      block += SCALE_BYTES + BYTES;
      group += GROUP_BYTES;
    }
    sum.intoArray(sums, 0);
  }
}
