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

/**
 * {@link TileProducts} of two tiles at once, the second of which makes columns 32 to 63, for vectors of 512 bits: sixteen
 * accumulators of the 32 registers there are. A factor is broadcast half as often, worth up to a fifth.
 */
final class TilePairProducts {

  /** Floats in a vector. */
  private static final int LANES = 16;

  private TilePairProducts() {}

  static void addF32(long left, long right, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0,
      int c1,
      int c2, int c3) {
    left = Memory.known(left);
    right = Memory.known(right);
    FloatVector w0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0));
    FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + LANES));
    FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 2 * LANES));
    FloatVector z0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 3 * LANES));
    FloatVector w1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1));
    FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + LANES));
    FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 2 * LANES));
    FloatVector z1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 3 * LANES));
    FloatVector w2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2));
    FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + LANES));
    FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 2 * LANES));
    FloatVector z2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 3 * LANES));
    FloatVector w3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3));
    FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + LANES));
    FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 2 * LANES));
    FloatVector z3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 3 * LANES));
    for (int k = 0; k < count; k++) {
      long first = left + (long) k * (POSITIONS * Float.BYTES);
      long second = right + (long) k * (POSITIONS * Float.BYTES);
      FloatVector w = Memory.floats(first);
      FloatVector x = Memory.floats(first + (long) LANES * Float.BYTES);
      FloatVector y = Memory.floats(second);
      FloatVector z = Memory.floats(second + (long) LANES * Float.BYTES);
      FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
      w0 = w.fma(factor, w0);
      x0 = x.fma(factor, x0);
      y0 = y.fma(factor, y0);
      z0 = z.fma(factor, z0);
      factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
      w1 = w.fma(factor, w1);
      x1 = x.fma(factor, x1);
      y1 = y.fma(factor, y1);
      z1 = z.fma(factor, z1);
      factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
      w2 = w.fma(factor, w2);
      x2 = x.fma(factor, x2);
      y2 = y.fma(factor, y2);
      z2 = z.fma(factor, z2);
      factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
      w3 = w.fma(factor, w3);
      x3 = x.fma(factor, x3);
      y3 = y.fma(factor, y3);
      z3 = z.fma(factor, z3);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + LANES);
    y0.intoArray(c, c0 + 2 * LANES);
    z0.intoArray(c, c0 + 3 * LANES);
    w1.intoArray(c, c1);
    x1.intoArray(c, c1 + LANES);
    y1.intoArray(c, c1 + 2 * LANES);
    z1.intoArray(c, c1 + 3 * LANES);
    w2.intoArray(c, c2);
    x2.intoArray(c, c2 + LANES);
    y2.intoArray(c, c2 + 2 * LANES);
    z2.intoArray(c, c2 + 3 * LANES);
    w3.intoArray(c, c3);
    x3.intoArray(c, c3 + LANES);
    y3.intoArray(c, c3 + 2 * LANES);
    z3.intoArray(c, c3 + 3 * LANES);
  }

  static void addF16(long left, long right, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0,
      int c1,
      int c2, int c3) {
    left = Memory.known(left);
    right = Memory.known(right);
    FloatVector w0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0));
    FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + LANES));
    FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 2 * LANES));
    FloatVector z0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 3 * LANES));
    FloatVector w1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1));
    FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + LANES));
    FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 2 * LANES));
    FloatVector z1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 3 * LANES));
    FloatVector w2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2));
    FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + LANES));
    FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 2 * LANES));
    FloatVector z2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 3 * LANES));
    FloatVector w3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3));
    FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + LANES));
    FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 2 * LANES));
    FloatVector z3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 3 * LANES));
    for (int k = 0; k < count; k++) {
      long first = left + (long) k * (POSITIONS * Short.BYTES);
      long second = right + (long) k * (POSITIONS * Short.BYTES);
      FloatVector w = ((IntVector) Memory.shortLanes(first)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
          .reinterpretAsFloats().mul(HALF_SCALE);
      FloatVector x = ((IntVector) Memory.shortLanes(first + (long) LANES * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
          .reinterpretAsFloats().mul(HALF_SCALE);
      FloatVector y = ((IntVector) Memory.shortLanes(second)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
          .reinterpretAsFloats().mul(HALF_SCALE);
      FloatVector z = ((IntVector) Memory.shortLanes(second + (long) LANES * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT, 0)).lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS)
          .reinterpretAsFloats().mul(HALF_SCALE);
      FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
      w0 = w.fma(factor, w0);
      x0 = x.fma(factor, x0);
      y0 = y.fma(factor, y0);
      z0 = z.fma(factor, z0);
      factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
      w1 = w.fma(factor, w1);
      x1 = x.fma(factor, x1);
      y1 = y.fma(factor, y1);
      z1 = z.fma(factor, z1);
      factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
      w2 = w.fma(factor, w2);
      x2 = x.fma(factor, x2);
      y2 = y.fma(factor, y2);
      z2 = z.fma(factor, z2);
      factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
      w3 = w.fma(factor, w3);
      x3 = x.fma(factor, x3);
      y3 = y.fma(factor, y3);
      z3 = z.fma(factor, z3);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + LANES);
    y0.intoArray(c, c0 + 2 * LANES);
    z0.intoArray(c, c0 + 3 * LANES);
    w1.intoArray(c, c1);
    x1.intoArray(c, c1 + LANES);
    y1.intoArray(c, c1 + 2 * LANES);
    z1.intoArray(c, c1 + 3 * LANES);
    w2.intoArray(c, c2);
    x2.intoArray(c, c2 + LANES);
    y2.intoArray(c, c2 + 2 * LANES);
    z2.intoArray(c, c2 + 3 * LANES);
    w3.intoArray(c, c3);
    x3.intoArray(c, c3 + LANES);
    y3.intoArray(c, c3 + 2 * LANES);
    z3.intoArray(c, c3 + 3 * LANES);
  }

  static void addQ8(long left, long right, int count, float[] a, int a0, int a1, int a2, int a3, float[] c, int c0,
      int c1,
      int c2, int c3) {
    left = Memory.known(left);
    right = Memory.known(right);
    FloatVector w0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0));
    FloatVector x0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + LANES));
    FloatVector y0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 2 * LANES));
    FloatVector z0 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c0 + 3 * LANES));
    FloatVector w1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1));
    FloatVector x1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + LANES));
    FloatVector y1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 2 * LANES));
    FloatVector z1 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c1 + 3 * LANES));
    FloatVector w2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2));
    FloatVector x2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + LANES));
    FloatVector y2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 2 * LANES));
    FloatVector z2 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c2 + 3 * LANES));
    FloatVector w3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3));
    FloatVector x3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + LANES));
    FloatVector y3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 2 * LANES));
    FloatVector z3 = FLOATS.cast(FloatVector.fromArray(FLOAT, c, c3 + 3 * LANES));
    for (int k = 0; k < count; k++) {
      long first = left + (long) k * POSITIONS;
      long second = right + (long) k * POSITIONS;
      FloatVector w = (FloatVector) Memory.byteLanes(first)
          .convertShape(VectorOperators.B2F, FLOAT, 0);
      FloatVector x = (FloatVector) Memory.byteLanes(first + LANES)
          .convertShape(VectorOperators.B2F, FLOAT, 0);
      FloatVector y = (FloatVector) Memory.byteLanes(second)
          .convertShape(VectorOperators.B2F, FLOAT, 0);
      FloatVector z = (FloatVector) Memory.byteLanes(second + LANES)
          .convertShape(VectorOperators.B2F, FLOAT, 0);
      FloatVector factor = FloatVector.broadcast(FLOAT, a[a0 + k]);
      w0 = w.fma(factor, w0);
      x0 = x.fma(factor, x0);
      y0 = y.fma(factor, y0);
      z0 = z.fma(factor, z0);
      factor = FloatVector.broadcast(FLOAT, a[a1 + k]);
      w1 = w.fma(factor, w1);
      x1 = x.fma(factor, x1);
      y1 = y.fma(factor, y1);
      z1 = z.fma(factor, z1);
      factor = FloatVector.broadcast(FLOAT, a[a2 + k]);
      w2 = w.fma(factor, w2);
      x2 = x.fma(factor, x2);
      y2 = y.fma(factor, y2);
      z2 = z.fma(factor, z2);
      factor = FloatVector.broadcast(FLOAT, a[a3 + k]);
      w3 = w.fma(factor, w3);
      x3 = x.fma(factor, x3);
      y3 = y.fma(factor, y3);
      z3 = z.fma(factor, z3);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + LANES);
    y0.intoArray(c, c0 + 2 * LANES);
    z0.intoArray(c, c0 + 3 * LANES);
    w1.intoArray(c, c1);
    x1.intoArray(c, c1 + LANES);
    y1.intoArray(c, c1 + 2 * LANES);
    z1.intoArray(c, c1 + 3 * LANES);
    w2.intoArray(c, c2);
    x2.intoArray(c, c2 + LANES);
    y2.intoArray(c, c2 + 2 * LANES);
    z2.intoArray(c, c2 + 3 * LANES);
    w3.intoArray(c, c3);
    x3.intoArray(c, c3 + LANES);
    y3.intoArray(c, c3 + 2 * LANES);
    z3.intoArray(c, c3 + 3 * LANES);
  }
}
