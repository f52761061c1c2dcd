/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import org.jspecify.annotations.Nullable;

/** A linear layer whose weights are floats, or blocks of integers with a scale, multiplied with float activations. */
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
    var kernel = workspace.kernels.dense();
    int rows = matrix.rows();
    workspace.team.run((worker, workers) -> {
      int from = (int) ((long) rows * worker / workers);
      int to = (int) ((long) rows * (worker + 1) / workers);
      if (tokens == 1) {
        kernel.multiply(matrix, input, 0, output, outputOffset, from, to);
      } else {
        kernel.multiplyTile(matrix, input, inputStride, tokens, output, outputStride, outputOffset, from, to);
      }
      if (bias != null) {
        for (int token = 0; token < tokens; token++) {
          int offset = token * outputStride + outputOffset;
          for (int row = from; row < to; row++) {
            output[offset + row] += bias[row];
          }
        }
      }
    });
  }
}
