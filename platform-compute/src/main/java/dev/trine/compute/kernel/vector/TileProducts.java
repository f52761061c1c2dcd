/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.KeyValueLayout.POSITIONS;
import static dev.trine.compute.kernel.vector.DenseRows.HALF_BITS;
import static dev.trine.compute.kernel.vector.DenseRows.HALF_SCALE;
import static dev.trine.compute.kernel.vector.DenseRows.HALF_SHIFT;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.LANES;

/**
 * Products of four rows of floats with a stored tile of 32 columns: {@code c[row][0..32) += Σ a[row][k] * b[k][0..32)} for k
 * in 0..count, with b in native memory. Each element is one chain of fused multiply-adds in the order of k, so that neither the
 * vector width nor the other rows change its bits. Rows may be given twice: they are computed twice and written with the same
 * result.
 *
 * <p>Eight accumulators, for registers of any number and width.
 */
final class TileProducts {

  private TileProducts() {}

  static void addF32(long b, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0, int c1, int c2,
      int c3) {
    b = Memory.known(b);
    for (int col = 0; col < POSITIONS; col += 2 * LANES) {
      FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col));
      FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col + LANES));
      FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col));
      FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col + LANES));
      FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col));
      FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col + LANES));
      FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col));
      FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col + LANES));
      long first = b + (long) col * Float.BYTES;
      for (int k = 0; k < count; k++) {
        long at = first + (long) k * (POSITIONS * Float.BYTES);
        FloatVector x = Memory.floats(at);
        FloatVector y = Memory.floats(at + (long) LANES * Float.BYTES);
        FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
        x0 = x.fma(factor, x0);
        y0 = y.fma(factor, y0);
        factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
        x1 = x.fma(factor, x1);
        y1 = y.fma(factor, y1);
        factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
        x2 = x.fma(factor, x2);
        y2 = y.fma(factor, y2);
        factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
        x3 = x.fma(factor, x3);
        y3 = y.fma(factor, y3);
      }
      x0.intoArray(c, c0 + col);
      y0.intoArray(c, c0 + col + LANES);
      x1.intoArray(c, c1 + col);
      y1.intoArray(c, c1 + col + LANES);
      x2.intoArray(c, c2 + col);
      y2.intoArray(c, c2 + col + LANES);
      x3.intoArray(c, c3 + col);
      y3.intoArray(c, c3 + col + LANES);
    }
  }

  static void addF16(long b, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0, int c1, int c2,
      int c3) {
    b = Memory.known(b);
    for (int col = 0; col < POSITIONS; col += 2 * LANES) {
      FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col));
      FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col + LANES));
      FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col));
      FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col + LANES));
      FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col));
      FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col + LANES));
      FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col));
      FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col + LANES));
      long first = b + (long) col * Short.BYTES;
      for (int k = 0; k < count; k++) {
        long at = first + (long) k * (POSITIONS * Short.BYTES);
        FloatVector x = ((IntVector) Memory.shortLanes(at)
            .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
            .reinterpretAsFloats().mul(HALF_SCALE);
        FloatVector y = ((IntVector) Memory.shortLanes(at + (long) LANES * Short.BYTES)
            .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
            .reinterpretAsFloats().mul(HALF_SCALE);
        FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
        x0 = x.fma(factor, x0);
        y0 = y.fma(factor, y0);
        factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
        x1 = x.fma(factor, x1);
        y1 = y.fma(factor, y1);
        factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
        x2 = x.fma(factor, x2);
        y2 = y.fma(factor, y2);
        factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
        x3 = x.fma(factor, x3);
        y3 = y.fma(factor, y3);
      }
      x0.intoArray(c, c0 + col);
      y0.intoArray(c, c0 + col + LANES);
      x1.intoArray(c, c1 + col);
      y1.intoArray(c, c1 + col + LANES);
      x2.intoArray(c, c2 + col);
      y2.intoArray(c, c2 + col + LANES);
      x3.intoArray(c, c3 + col);
      y3.intoArray(c, c3 + col + LANES);
    }
  }

  /** The bytes count as they are, without their scales. */
  static void addQ8(long b, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0, int c1, int c2,
      int c3) {
    b = Memory.known(b);
    for (int col = 0; col < POSITIONS; col += 2 * LANES) {
      FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col));
      FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + col + LANES));
      FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col));
      FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + col + LANES));
      FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col));
      FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + col + LANES));
      FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col));
      FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + col + LANES));
      long first = b + col;
      for (int k = 0; k < count; k++) {
        long at = first + (long) k * POSITIONS;
        FloatVector x = (FloatVector) Memory.byteLanes(at)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        FloatVector y = (FloatVector) Memory.byteLanes(at + LANES)
            .convertShape(VectorOperators.B2F, FLOAT, 0);
        FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
        x0 = x.fma(factor, x0);
        y0 = y.fma(factor, y0);
        factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
        x1 = x.fma(factor, x1);
        y1 = y.fma(factor, y1);
        factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
        x2 = x.fma(factor, x2);
        y2 = y.fma(factor, y2);
        factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
        x3 = x.fma(factor, x3);
        y3 = y.fma(factor, y3);
      }
      x0.intoArray(c, c0 + col);
      y0.intoArray(c, c0 + col + LANES);
      x1.intoArray(c, c1 + col);
      y1.intoArray(c, c1 + col + LANES);
      x2.intoArray(c, c2 + col);
      y2.intoArray(c, c2 + col + LANES);
      x3.intoArray(c, c3 + col);
      y3.intoArray(c, c3 + col + LANES);
    }
  }
}
