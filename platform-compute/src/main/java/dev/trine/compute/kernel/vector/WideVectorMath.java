/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.VectorMath;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.KernelChecks.range;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.FLOATS;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.INTS;
import static dev.trine.compute.kernel.vector.Species.LANES;

/** Vector operations with a scalar loop for what does not fill a vector. */
final class WideVectorMath implements VectorMath {

  private static final float SMALLEST_ABSMAX = 1e-5f;

  /** Added to a small number, leaves its rounding, half to even, in the low bits: 1.5 * 2^23. */
  private static final float ROUNDER = 0x1.8p23f;

  @Override
  public void addScaled(float[] y, int yOffset, float scale, float[] x, int xOffset, int length) {
    range(yOffset, length, y.length);
    range(xOffset, length, x.length);
    FloatVector factor = FloatVector.broadcast(FLOAT, scale);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      FLOATS.cast(FloatVector.fromArray(FLOAT, x, xOffset + i))
          .fma(factor, FLOATS.cast(FloatVector.fromArray(FLOAT, y, yOffset + i))).intoArray(
              y,
              yOffset + i);
    }
    for (int i = whole; i < length; i++) {
      y[yOffset + i] += scale * x[xOffset + i];
    }
  }

  @Override
  public void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int length) {
    range(xOffset, length, x.length);
    range(0, length, weight.length);
    range(outOffset, length, out.length);
    float mean = (float) (sumOfSquares(x, xOffset, length) / length);
    float factor = 1f / (float) Math.sqrt(mean + eps);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      FLOATS.cast(FloatVector.fromArray(FLOAT, x, xOffset + i)).mul(factor)
          .mul(FLOATS.cast(FloatVector.fromArray(FLOAT, weight, i))).intoArray(
              out,
              outOffset + i);
    }
    for (int i = whole; i < length; i++) {
      out[outOffset + i] = (x[xOffset + i] * factor) * weight[i];
    }
  }

  private static double sumOfSquares(float[] x, int offset, int length) {
    DoubleVector sum0 = DoubleVector.zero(Species.DOUBLE);
    DoubleVector sum1 = sum0;
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector v = FLOATS.cast(FloatVector.fromArray(FLOAT, x, offset + i));
      DoubleVector low = (DoubleVector) v.convertShape(VectorOperators.F2D, Species.DOUBLE, 0);
      DoubleVector high = (DoubleVector) v.convertShape(VectorOperators.F2D, Species.DOUBLE, 1);
      sum0 = low.fma(low, sum0);
      sum1 = high.fma(high, sum1);
    }
    double sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (int i = whole; i < length; i++) {
      sum += (double) x[offset + i] * x[offset + i];
    }
    return sum;
  }

  @Override
  public float quantise(float[] x, int xOffset, int length, byte[] q, int qOffset) {
    range(xOffset, length, x.length);
    range(qOffset, length, q.length);
    FloatVector largest = FloatVector.broadcast(FLOAT, SMALLEST_ABSMAX);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      largest = FLOATS.cast(largest).max(FLOATS.cast(FloatVector.fromArray(FLOAT, x, xOffset + i)).abs());
    }
    float absmax = FLOATS.cast(largest).reduceLanes(VectorOperators.MAX);
    for (int i = whole; i < length; i++) {
      absmax = Math.max(absmax, Math.abs(x[xOffset + i]));
    }
    float scale = 127f / absmax;
    int quantised = Species.WIDE ? whole : 0;
    for (int i = 0; i < quantised; i += LANES) {
      FLOATS.cast(FloatVector.fromArray(FLOAT, x, xOffset + i)).mul(scale).add(ROUNDER).reinterpretAsInts()
          .convertShape(VectorOperators.I2B, Species.BYTE_LANES, 0).reinterpretAsBytes().intoArray(q, qOffset + i);
    }
    for (int i = quantised; i < length; i++) {
      q[qOffset + i] = (byte) Float.floatToRawIntBits(x[xOffset + i] * scale + ROUNDER);
    }
    return scale;
  }

  @Override
  public void scaleSums(int[] sums, int sumOffset, float factor, float[] y, int yOffset, int length) {
    range(sumOffset, length, sums.length);
    range(yOffset, length, y.length);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      ((FloatVector) INTS.cast(IntVector.fromArray(INT, sums, sumOffset + i)).convertShape(VectorOperators.I2F, FLOAT,
          0))
          .mul(factor)
          .intoArray(y, yOffset + i);
    }
    for (int i = whole; i < length; i++) {
      y[yOffset + i] = (float) sums[sumOffset + i] * factor;
    }
  }

  @Override
  public void reluSquaredTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    checkGate(gate, gateOffset, up, upOffset, out, outOffset, length);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector positive = FLOATS.cast(FloatVector.fromArray(FLOAT, gate, gateOffset + i)).max(0f);
      positive.mul(positive).mul(FLOATS.cast(FloatVector.fromArray(FLOAT, up, upOffset + i))).intoArray(out,
          outOffset + i);
    }
    for (int i = whole; i < length; i++) {
      float positive = Math.max(gate[gateOffset + i], 0f);
      out[outOffset + i] = positive * positive * up[upOffset + i];
    }
  }

  @Override
  public void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    checkGate(gate, gateOffset, up, upOffset, out, outOffset, length);
    int whole = FLOAT.loopBound(length);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector g = FLOATS.cast(FloatVector.fromArray(FLOAT, gate, gateOffset + i));
      FloatVector x = g.neg().min(Exponential.LARGEST).max(Exponential.SMALLEST);
      FloatVector shifted = x.mul(Exponential.LOG2_E).add(ROUNDER);
      FloatVector n = shifted.sub(ROUNDER);
      FloatVector r = n.mul(-Exponential.LN2_LOW).add(n.fma(FloatVector.broadcast(FLOAT, -Exponential.LN2_HIGH), x));
      FloatVector p = r.mul(Exponential.C6).add(Exponential.C5);
      p = p.mul(r).add(Exponential.C4);
      p = p.mul(r).add(Exponential.C3);
      p = p.mul(r).add(Exponential.C2);
      p = p.mul(r).mul(r).add(r).add(1f);
      FloatVector exp = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
          .reinterpretAsFloats();
      g.div(exp.add(1f)).mul(FLOATS.cast(FloatVector.fromArray(FLOAT, up, upOffset + i))).intoArray(out, outOffset + i);
    }
    for (int i = whole; i < length; i++) {
      float g = gate[gateOffset + i];
      out[outOffset + i] = g / (1f + (float) Math.exp(-g)) * up[upOffset + i];
    }
  }

  private static void checkGate(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    range(gateOffset, length, gate.length);
    range(upOffset, length, up.length);
    range(outOffset, length, out.length);
  }
}
