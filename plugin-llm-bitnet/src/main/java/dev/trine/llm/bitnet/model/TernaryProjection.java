/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.TernaryMatrix;
import java.util.List;

/**
 * Ternary linear layers with int8 activations (BitLinear of BitNet b1.58, Ma et al., 2024), packed into one matrix: one
 * quantisation of the input and one pass over the weights serve them all.
 *
 * <p>{@code s = 127 / max|x|}, {@code q = rint(x * s)}, {@code y = (sum q * w) * (weightScale / s)}; the sum is exact.
 */
public final class TernaryProjection implements Projection {

  /**
   * One of the layers.
   *
   * @param rows        width of its output
   * @param weightScale factor of its integer result
   */
  public record Part(int rows, float weightScale) {}

  private final TernaryMatrix matrix;
  private final Part[] parts;
  private final int[] partStart;

  /**
   * @param matrix the layers' rows, one layer after the other
   * @param parts  the layers in that order
   * @throws IllegalArgumentException when the parts have not as many rows as the matrix
   */
  public TernaryProjection(TernaryMatrix matrix, List<Part> parts) {
    this.matrix = matrix;
    this.parts = parts.toArray(Part[]::new);
    this.partStart = new int[parts.size() + 1];
    for (int i = 0; i < this.parts.length; i++) {
      partStart[i + 1] = partStart[i] + this.parts[i].rows();
    }
    if (partStart[this.parts.length] != matrix.rows()) {
      throw new IllegalArgumentException(
          "parts have " + partStart[this.parts.length] + " rows, the matrix has " + matrix.rows());
    }
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
    return matrix.packed().byteSize();
  }

  @Override
  public void apply(Workspace workspace, float[] input, int inputStride, int tokens, float[] output, int outputStride,
      int outputOffset) {
    int most = workspace.kernels.ternary().tileTokens();
    for (int from = 0; from < tokens; from += most) {
      workspace.ternaryTask.multiply(this, input, from * inputStride, inputStride, Math.min(most, tokens - from),
          output, from * outputStride + outputOffset, outputStride);
    }
  }

  TernaryMatrix matrix() {
    return matrix;
  }

  /** Turns the sums of row blocks into outputs, each with its own layer's weight scale. */
  void scale(Workspace workspace, int sumOffset, float activationScale, float[] output, int outputOffset,
      int fromBlock, int toBlock) {
    int fromRow = fromBlock * TernaryMatrix.BLOCK_ROWS;
    int toRow = Math.min(toBlock * TernaryMatrix.BLOCK_ROWS, matrix.rows());
    for (int i = 0; i < parts.length; i++) {
      int from = Math.max(fromRow, partStart[i]);
      int to = Math.min(toRow, partStart[i + 1]);
      if (from < to) {
        workspace.kernels.math().scaleSums(workspace.sums, sumOffset + from, parts[i].weightScale() / activationScale,
            output, outputOffset + from, to - from);
      }
    }
  }
}
