/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** One complete set of kernels. Stateless, shared by all threads. */
public interface Kernels {

  /** A short name for logs and reports, such as {@code scalar} or {@code vector-512}. */
  String name();

  /** Products of ternary matrices and int8 activations. */
  TernaryKernel ternary();

  /** Products of dense matrices and float activations. */
  DenseKernel dense();

  /** Operations on float vectors. */
  VectorMath math();

  /** Attention over blocks of stored keys and values. */
  AttentionKernel attention();
}
