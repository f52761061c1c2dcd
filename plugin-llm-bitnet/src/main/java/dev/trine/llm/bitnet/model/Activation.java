/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/** The function between the two halves of the feed-forward network; applied to the gate, never to up. */
public enum Activation {
  /** {@code max(z, 0)^2}, as BitNet b1.58 2B-4T was trained with. */
  RELU_SQUARED,
  /** {@code z / (1 + exp(-z))}. */
  SILU
}
