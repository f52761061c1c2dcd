/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.thread.WorkerTeam;
import org.jspecify.annotations.Nullable;

/**
 * The product of the head with the hidden states whose logits are wanted, by rows of the head; several states share each weight.
 * Belongs to a {@link Workspace} and is used again and again, so that a step allocates nothing.
 */
final class HeadWork implements WorkerTeam.Task {

  /** Most states that share a weight at a time. */
  private static final int TILE_ROWS = 16;

  private final Workspace workspace;
  /** The states of a tile, {@code [TILE_ROWS, modelDim]}, when they are more than one. */
  private final float[] input;
  /** Their logits, {@code [TILE_ROWS, vocabularySize]}. */
  private final float[] output;
  private @Nullable DenseMatrix head;
  private int first;
  private int count;

  HeadWork(ModelConfig config, Workspace workspace) {
    this.workspace = workspace;
    int rows = Math.min(TILE_ROWS, workspace.maxLogits);
    this.input = new float[rows > 1 ? Math.multiplyExact(rows, config.modelDim()) : 0];
    this.output = new float[rows > 1 ? Math.multiplyExact(rows, config.vocabularySize()) : 0];
  }

  /** {@code logits[row] = matrix * headInput[row]} for the first rows. */
  void apply(DenseMatrix matrix, int rows) {
    head = matrix;
    for (first = 0; first < rows; first += TILE_ROWS) {
      count = Math.min(TILE_ROWS, rows - first);
      if (count > 1) {
        System.arraycopy(workspace.headInput, first * matrix.cols(), input, 0, count * matrix.cols());
      }
      workspace.team.run(this);
    }
  }

  @Override
  public void run(int worker, int workers) {
    DenseMatrix matrix = head;
    if (matrix == null) {
      throw new IllegalStateException("no head to multiply with");
    }
    int from = WorkerTeam.from(worker, workers, matrix.rows());
    int to = WorkerTeam.to(worker, workers, matrix.rows());
    var kernel = workspace.kernels.dense();
    int modelDim = matrix.cols();
    if (count == 1) {
      kernel.multiply(matrix, workspace.headInput, first * modelDim, workspace.logits[first], 0, from, to);
    } else {
      kernel.multiplyTile(matrix, input, modelDim, count, output, matrix.rows(), 0, from, to);
      for (int row = 0; row < count; row++) {
        System.arraycopy(output, row * matrix.rows() + from, workspace.logits[first + row], from, to - from);
      }
    }
  }
}
