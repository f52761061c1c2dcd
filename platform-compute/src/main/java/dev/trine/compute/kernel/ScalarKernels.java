/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** The specification: plain loops, readable beside the papers, on any machine. */
public final class ScalarKernels implements Kernels {

  private final TernaryKernel ternary = new ScalarTernaryKernel();
  private final DenseKernel dense = new ScalarDenseKernel();
  private final VectorMath math = new ScalarVectorMath();
  private final AttentionKernel attention = new ScalarAttentionKernel();

  /** Holds nothing but its kernels, so that any number may be made. */
  public ScalarKernels() {}

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public TernaryKernel ternary() {
    return ternary;
  }

  @Override
  public DenseKernel dense() {
    return dense;
  }

  @Override
  public VectorMath math() {
    return math;
  }

  @Override
  public AttentionKernel attention() {
    return attention;
  }
}
