/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

/** How the ternary linear layers of a checkpoint are stored. */
enum TernaryRule {
  /** They are not ternary, unless a tensor's own type says so. */
  NONE,
  /** Packed codes beside a {@code weight_scale} that multiplies the result (transformers' AutoBitLinear, offline). */
  MULTIPLY_BY_SCALE,
  /** Packed codes beside a {@code weight_scale} that divides the result (transformers' BitLinear). */
  DIVIDE_BY_SCALE,
  /** Master weights in floating point, made ternary while loading. */
  TERNARISE
}
