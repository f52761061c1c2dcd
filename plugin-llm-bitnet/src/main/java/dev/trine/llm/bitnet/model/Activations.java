/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseType;

/** What matrices whose weights are blocks of integers are multiplied with. Ternary layers of BitNet always take 8 bits. */
public enum Activations {
  /** 8 bits with a scale for every 32 values, for the types of weights that {@linkplain DenseType#hasInt8Products gain by it}. */
  INT8,
  /** Floats: the products are those of the weights that the blocks stand for. */
  FLOAT
}
