/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/**
 * One or several linear layers that read the same input; their outputs lie side by side. Weights are shared and read-only, the
 * scratch memory comes from the {@link Workspace}, so one thread at a time evaluates with one workspace.
 */
public sealed interface Projection permits TernaryProjection, DenseProjection, JointProjection {

  /** Width of the input. */
  int inputDim();

  /** Width of all outputs together. */
  int outputDim();

  /** Number of weights. */
  long weightCount();

  /** Bytes that the weights take in memory, all of which are read for each token. */
  long weightBytes();

  /**
   * Multiplies.
   *
   * @param input        {@code [tokens, inputStride]}, the first {@link #inputDim} of each row are read
   * @param tokens       number of rows
   * @param output       {@code [tokens, outputStride]}; columns {@code outputOffset..} are written
   */
  void apply(Workspace workspace, float[] input, int inputStride, int tokens, float[] output, int outputStride,
      int outputOffset);
}
