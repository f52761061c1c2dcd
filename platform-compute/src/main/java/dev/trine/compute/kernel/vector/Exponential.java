/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

/**
 * Constants of the exponential function in single precision: with {@code n = rint(x / ln 2)} and {@code r = x - n ln 2},
 * {@code exp(x) = 2^n exp(r)} and {@code exp(r) = 1 + r + C2 r² + … + C6 r⁶} for {@code |r| <= ln 2 / 2}, the truncated
 * Taylor series: its next term is below 1.3e-7 there. {@code ln 2} comes in two parts, the first with few enough bits that
 * {@code n} times it is exact.
 */
final class Exponential {

  static final float LOG2_E = 1.442695f;
  static final float LN2_HIGH = 0x1.63p-1f;
  static final float LN2_LOW = -2.12194440e-4f;

  static final float C2 = 1f / 2;
  static final float C3 = 1f / 6;
  static final float C4 = 1f / 24;
  static final float C5 = 1f / 120;
  static final float C6 = 1f / 720;

  /** The results of arguments outside these are not normal floats. */
  static final float SMALLEST = -87.3f;
  static final float LARGEST = 88.3f;

  private Exponential() {}
}
