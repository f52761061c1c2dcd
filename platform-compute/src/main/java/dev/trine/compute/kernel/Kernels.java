/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.util.Optional;

/** One complete set of kernels. Stateless, shared by all threads. */
public interface Kernels {

  /** A short name for logs and reports, such as {@code scalar} or {@code vector-512}. */
  String name();

  /** Products of ternary matrices and int8 activations. */
  TernaryKernel ternary();

  /** Products of dense matrices with float activations and, for some types, int8 activations. */
  DenseKernel dense();

  /** Approximate products that tell which outputs can be largest; empty where exact products are as fast. */
  Optional<ScreenKernel> screen();

  /** Operations on float vectors. */
  VectorMath math();

  /** Attention over blocks of stored keys and values. */
  AttentionKernel attention();
}
