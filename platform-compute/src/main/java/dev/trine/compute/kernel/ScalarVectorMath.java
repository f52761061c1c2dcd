/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** The specification of vector operations. */
final class ScalarVectorMath implements VectorMath {

  private static final float SMALLEST_ABSMAX = 1e-5f;

  @Override
  public void addScaled(float[] y, int yOffset, float scale, float[] x, int xOffset, int length) {
    KernelChecks.range(yOffset, length, y.length);
    KernelChecks.range(xOffset, length, x.length);
    for (int i = 0; i < length; i++) {
      y[yOffset + i] += scale * x[xOffset + i];
    }
  }

  @Override
  public void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int length) {
    KernelChecks.range(xOffset, length, x.length);
    KernelChecks.range(0, length, weight.length);
    KernelChecks.range(outOffset, length, out.length);
    double squares = 0;
    for (int i = 0; i < length; i++) {
      squares += (double) x[xOffset + i] * x[xOffset + i];
    }
    float mean = (float) (squares / length);
    float factor = 1f / (float) Math.sqrt(mean + eps);
    for (int i = 0; i < length; i++) {
      out[outOffset + i] = (x[xOffset + i] * factor) * weight[i];
    }
  }

  @Override
  public float quantise(float[] x, int xOffset, int length, byte[] q, int qOffset) {
    KernelChecks.range(xOffset, length, x.length);
    KernelChecks.range(qOffset, length, q.length);
    float absmax = SMALLEST_ABSMAX;
    for (int i = 0; i < length; i++) {
      absmax = Math.max(absmax, Math.abs(x[xOffset + i]));
    }
    float scale = 127f / absmax;
    for (int i = 0; i < length; i++) {
      double rounded = Math.rint(x[xOffset + i] * scale);
      q[qOffset + i] = (byte) Math.clamp(rounded, -127, 127);
    }
    return scale;
  }

  @Override
  public void scaleSums(int[] sums, int sumOffset, float factor, float[] y, int yOffset, int length) {
    KernelChecks.range(sumOffset, length, sums.length);
    KernelChecks.range(yOffset, length, y.length);
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = (float) sums[sumOffset + i] * factor;
    }
  }

  @Override
  public void reluSquaredTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    checkGate(gate, gateOffset, up, upOffset, out, outOffset, length);
    for (int i = 0; i < length; i++) {
      float positive = Math.max(gate[gateOffset + i], 0f);
      out[outOffset + i] = positive * positive * up[upOffset + i];
    }
  }

  @Override
  public void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    checkGate(gate, gateOffset, up, upOffset, out, outOffset, length);
    for (int i = 0; i < length; i++) {
      float g = gate[gateOffset + i];
      out[outOffset + i] = g / (1f + (float) Math.exp(-g)) * up[upOffset + i];
    }
  }

  private static void checkGate(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
      int length) {
    KernelChecks.range(gateOffset, length, gate.length);
    KernelChecks.range(upOffset, length, up.length);
    KernelChecks.range(outOffset, length, out.length);
  }
}
