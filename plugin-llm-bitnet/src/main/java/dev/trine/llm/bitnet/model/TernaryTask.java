/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.thread.WorkerTeam;
import org.jspecify.annotations.Nullable;

/**
 * One product of a {@link TernaryProjection} by a team: quantise the tokens, prepare tables, multiply and scale. Belongs to
 * a workspace and is used again and again, so that a product allocates nothing.
 */
final class TernaryTask implements WorkerTeam.Task {

  private enum Phase {
    QUANTISE, PREPARE, MULTIPLY
  }

  private final Workspace workspace;
  private Phase phase = Phase.QUANTISE;
  private @Nullable TernaryProjection projection;
  private float[] input = {};
  private int inputOffset;
  private int inputStride;
  private int tokens;
  private float[] output = {};
  private int outputOffset;
  private int outputStride;

  TernaryTask(Workspace workspace) {
    this.workspace = workspace;
  }

  /** Multiplies at most as many tokens as the kernel takes at once; for the parameters see {@link Projection#apply}. */
  void multiply(TernaryProjection newProjection, float[] newInput, int newInputOffset, int newInputStride,
      int newTokens, float[] newOutput, int newOutputOffset, int newOutputStride) {
    projection = newProjection;
    input = newInput;
    inputOffset = newInputOffset;
    inputStride = newInputStride;
    tokens = newTokens;
    output = newOutput;
    outputOffset = newOutputOffset;
    outputStride = newOutputStride;
    if (tokens == 1) {
      quantise(newProjection.matrix(), 0, 1);
    } else {
      run(Phase.QUANTISE);
    }
    run(Phase.PREPARE);
    run(Phase.MULTIPLY);
  }

  private void run(Phase newPhase) {
    phase = newPhase;
    workspace.team.run(this);
  }

  @Override
  public void run(int worker, int workers) {
    TernaryProjection p = projection;
    if (p == null) {
      throw new IllegalStateException("there is nothing to multiply");
    }
    TernaryMatrix w = p.matrix();
    TernaryKernel kernel = workspace.kernels.ternary();
    switch (phase) {
      case QUANTISE -> quantise(w, worker, workers);
      case PREPARE -> kernel.prepare(workspace.quantised, 0, w.cols(), tokens, w.cols(), workspace.tables,
          WorkerTeam.from(worker, workers, w.chunks()), WorkerTeam.to(worker, workers, w.chunks()));
      case MULTIPLY -> {
        int from = WorkerTeam.from(worker, workers, w.rowBlocks());
        int to = WorkerTeam.to(worker, workers, w.rowBlocks());
        if (from < to) {
          kernel.multiply(w, workspace.tables, tokens, workspace.sums, 0, w.rows(), from, to,
              workspace.tileScratch[worker]);
          for (int token = 0; token < tokens; token++) {
            p.scale(workspace, token * w.rows(), workspace.scales[token], output, outputOffset + token * outputStride,
                from, to);
          }
        }
      }
    }
  }

  private void quantise(TernaryMatrix w, int first, int step) {
    for (int token = first; token < tokens; token += step) {
      workspace.scales[token] = workspace.kernels.math().quantise(input, inputOffset + token * inputStride, w.cols(),
          workspace.quantised, token * w.cols());
    }
  }
}
