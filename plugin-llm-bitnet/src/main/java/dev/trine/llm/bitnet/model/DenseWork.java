/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.Int8Vectors;
import dev.trine.compute.thread.WorkerTeam;
import org.jspecify.annotations.Nullable;

/**
 * The product of a {@link DenseProjection}, by rows of its matrix. Belongs to a {@link Workspace} and is used again and again, so that a
 * step allocates nothing.
 */
final class DenseWork {

  private final Workspace workspace;
  private final Activations activations;
  private final Int8Vectors quantised;
  private final WorkerTeam.Task quantise = this::quantise;
  private final WorkerTeam.Task multiply = this::multiply;
  private @Nullable DenseMatrix matrix;
  private float @Nullable [] bias;
  private float[] input = {};
  private int inputStride;
  private int tokens;
  private float[] output = {};
  private int outputStride;
  private int outputOffset;

  /** @param widestInput largest number of columns of a matrix */
  DenseWork(Workspace workspace, Activations activations, int widestInput) {
    this.workspace = workspace;
    this.activations = activations;
    this.quantised = new Int8Vectors(workspace.maxTokens, widestInput);
  }

  /** What is multiplied, see {@link Projection#apply}. */
  void setOperands(DenseMatrix weights, float @Nullable [] outputBias, float[] x, int xStride, int count) {
    matrix = weights;
    bias = outputBias;
    input = x;
    inputStride = xStride;
    tokens = count;
  }

  /** Multiplies, see {@link Projection#apply}. */
  void run(float[] y, int yStride, int yOffset) {
    output = y;
    outputStride = yStride;
    outputOffset = yOffset;
    DenseMatrix w = matrix();
    if (isInt8(w)) {
      quantised.setCols(w.cols());
      if (tokens == 1) {
        quantised.quantise(0, input, 0);
      } else {
        workspace.team.run(quantise);
      }
    }
    workspace.team.run(multiply);
  }

  private DenseMatrix matrix() {
    DenseMatrix w = matrix;
    if (w == null) {
      throw new IllegalStateException("no matrix to multiply with");
    }
    return w;
  }

  /**
   * However many tokens there are: floats are faster for many, see {@link dev.trine.compute.kernel.DenseType#hasInt8Products}, but a
   * token's bits must not depend on how many are evaluated with it.
   */
  private boolean isInt8(DenseMatrix w) {
    return activations == Activations.INT8 && w.type().hasInt8Products();
  }

  private void quantise(int worker, int workers) {
    for (int token = worker; token < tokens; token += workers) {
      quantised.quantise(token, input, token * inputStride);
    }
  }

  private void multiply(int worker, int workers) {
    DenseMatrix w = matrix();
    int from = WorkerTeam.from(worker, workers, w.rows());
    int to = WorkerTeam.to(worker, workers, w.rows());
    if (from == to) {
      return;
    }
    var kernel = workspace.kernels.dense();
    if (isInt8(w)) {
      kernel.multiplyInt8(w, quantised, tokens, output, outputStride, outputOffset, from, to);
    } else if (tokens == 1) {
      kernel.multiply(w, input, 0, output, outputOffset, from, to);
    } else {
      kernel.multiplyTile(w, input, inputStride, tokens, output, outputStride, outputOffset, from, to);
    }
    float[] added = bias;
    if (added != null) {
      for (int token = 0; token < tokens; token++) {
        int offset = token * outputStride + outputOffset;
        for (int row = from; row < to; row++) {
          output[offset + row] += added[row];
        }
      }
    }
  }
}
