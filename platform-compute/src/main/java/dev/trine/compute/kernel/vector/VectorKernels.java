/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.VectorMath;

/** The kernels of this package at the width that the machine prefers. */
public final class VectorKernels implements Kernels {

  private final boolean lookup;
  private final TernaryKernel ternary;
  private final DenseKernel dense = new VectorDenseKernel();
  private final VectorMath math = new WideVectorMath();
  private final AttentionKernel attention = new VectorAttentionKernel();

  /**
   * Kernels for this machine.
   *
   * @param bytePermutes whether the processor permutes the bytes of two 512-bit registers (AVX-512 VBMI); matters at 512 bits
   *     only
   */
  public VectorKernels(boolean bytePermutes) {
    this.lookup = bytePermutes && Species.BITS == Species.BYTE_512.vectorBitSize();
    this.ternary = new VectorTernaryKernel(lookup ? new LookupDecode() : new ArithmeticDecode());
  }

  /** Width of the vectors in bits. */
  public int bits() {
    return Species.BITS;
  }

  /** Whether ternary decode looks sums up in tables rather than multiplying. */
  public boolean lookup() {
    return lookup;
  }

  @Override
  public String name() {
    return "vector-" + Species.BITS;
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
