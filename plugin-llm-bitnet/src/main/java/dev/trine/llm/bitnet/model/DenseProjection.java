/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import org.jspecify.annotations.Nullable;

/** A linear layer whose weights are floats, or blocks of integers with a scale; see {@link Activations}. */
public final class DenseProjection implements Projection {

  private final DenseMatrix matrix;
  private final float @Nullable [] bias;

  /**
   * @param matrix {@code [outputDim, inputDim]}
   * @param bias   {@code [outputDim]}, or null
   */
  public DenseProjection(DenseMatrix matrix, float @Nullable [] bias) {
    this.matrix = matrix;
    this.bias = bias;
  }

  @Override
  public int inputDim() {
    return matrix.cols();
  }

  @Override
  public int outputDim() {
    return matrix.rows();
  }

  @Override
  public long weightCount() {
    return (long) matrix.rows() * matrix.cols();
  }

  @Override
  public long weightBytes() {
    return matrix.data().byteSize();
  }

  @Override
  public void apply(Workspace workspace, float[] input, int inputStride, int tokens, float[] output, int outputStride,
      int outputOffset) {
    workspace.denseWork.setOperands(matrix, bias, input, inputStride, tokens);
    workspace.denseWork.run(output, outputStride, outputOffset);
  }
}
