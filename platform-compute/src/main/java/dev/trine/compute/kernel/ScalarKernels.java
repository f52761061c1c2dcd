/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** The specification: plain loops, readable beside the papers, on any machine. */
public final class ScalarKernels implements Kernels {

  private final TernaryKernel ternary;
  private final DenseKernel dense = new ScalarDenseKernel();
  private final VectorMath math = new ScalarVectorMath();
  private final AttentionKernel attention = new ScalarAttentionKernel();

  /** Kernels for the layout that plain loops read fastest. Holds nothing else, so that any number may be made. */
  public ScalarKernels() {
    this(TernaryLayout.LUT4);
  }

  /** Kernels whose ternary matrices have a certain layout. */
  public ScalarKernels(TernaryLayout layout) {
    this.ternary = new ScalarTernaryKernel(layout);
  }

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
