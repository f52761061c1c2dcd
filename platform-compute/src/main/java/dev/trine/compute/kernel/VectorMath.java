/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/**
 * Operations on float vectors. Inputs and outputs may be the same range of the same array; ranges that overlap otherwise
 * are not supported. All methods throw {@link IndexOutOfBoundsException} for ranges outside their arrays.
 */
public interface VectorMath {

  /** {@code y[i] += scale * x[i]}, the product rounded or fused as the implementation pleases. */
  void addScaled(float[] y, int yOffset, float scale, float[] x, int xOffset, int length);

  /**
   * RMSNorm: {@code out[i] = (x[i] * r) * weight[i]} with {@code r = 1 / sqrt(m + eps)} in float and {@code m} the mean of
   * squares, summed in double and then narrowed.
   *
   * @param weight at least {@code length} factors
   */
  void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int length);

  /**
   * Absmax quantisation to int8 (BitNet b1.58, Ma et al. 2024): {@code s = 127 / max(max |x|, 1e-5)} and
   * {@code q[i] = rint(x[i] * s)}, half to even, within -127..127. The same bytes on every implementation for finite
   * inputs.
   *
   * @return {@code s}; a quantised value stands for {@code q / s}
   */
  float quantise(float[] x, int xOffset, int length, byte[] q, int qOffset);

  /** {@code y[i] = (float) sums[i] * factor}. */
  void scaleSums(int[] sums, int sumOffset, float factor, float[] y, int yOffset, int length);

  /** Squared ReLU gate: {@code out[i] = max(gate[i], 0)² * up[i]}. */
  void reluSquaredTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int length);

  /** SiLU gate: {@code out[i] = gate[i] / (1 + exp(-gate[i])) * up[i]}. */
  void siluTimes(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int length);
}
