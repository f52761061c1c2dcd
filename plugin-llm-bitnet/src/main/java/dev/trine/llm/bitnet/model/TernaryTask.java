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
final class TernaryTask implements WorkerTeam.Task, WorkerTeam.RangeTask {

  private enum Phase {
    QUANTISE, PREPARE
  }

  /** Parts for each worker, at most: when other programs slow one down, the others take over. */
  private static final int MOST_PARTS = 4;
  /** Blocks of rows in a part, at least, where a worker gets several: the less, the more often the hardware begins to prefetch anew. */
  private static final int SMALLEST_PART = 3;
  /** The same for many tokens, for which each part computes tables anew. */
  private static final int SMALLEST_PART_OF_TILES = 18;
  /** From so many tokens on the kernel may do that. */
  private static final int TILE_TOKENS = 8;

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
    int blocks = newProjection.matrix().rowBlocks();
    workspace.team.forEach(blocks, part(blocks, workspace.team.workers(), tokens), this);
  }

  /** Blocks of rows in a part: equal parts for all workers, and several for each where they are large enough. */
  static int part(int blocks, int workers, int tokens) {
    int smallest = tokens < TILE_TOKENS ? SMALLEST_PART : SMALLEST_PART_OF_TILES;
    int parts = Math.clamp(blocks / (workers * smallest), 1, MOST_PARTS);
    return Math.ceilDiv(blocks, workers * parts);
  }

  private void run(Phase newPhase) {
    phase = newPhase;
    workspace.team.run(this);
  }

  private TernaryProjection projection() {
    TernaryProjection p = projection;
    if (p == null) {
      throw new IllegalStateException("there is nothing to multiply");
    }
    return p;
  }

  @Override
  public void run(int worker, int workers) {
    TernaryMatrix w = projection().matrix();
    TernaryKernel kernel = workspace.kernels.ternary();
    switch (phase) {
      case QUANTISE -> quantise(w, worker, workers);
      case PREPARE -> kernel.prepare(workspace.quantised, 0, w.cols(), tokens, w.cols(), workspace.tables,
          WorkerTeam.from(worker, workers, w.chunks()), WorkerTeam.to(worker, workers, w.chunks()));
    }
  }

  /** Multiplies some blocks of rows. */
  @Override
  public void run(int worker, int from, int to) {
    TernaryProjection p = projection();
    TernaryMatrix w = p.matrix();
    workspace.kernels.ternary().multiply(w, workspace.tables, tokens, workspace.sums, 0, w.rows(), from, to,
        workspace.tileScratch[worker]);
    for (int token = 0; token < tokens; token++) {
      p.scale(workspace, token * w.rows(), workspace.scales[token], output, outputOffset + token * outputStride, from,
          to);
    }
  }

  private void quantise(TernaryMatrix w, int first, int step) {
    for (int token = first; token < tokens; token += step) {
      workspace.scales[token] = workspace.kernels.math().quantise(input, inputOffset + token * inputStride, w.cols(),
          workspace.quantised, token * w.cols());
    }
  }
}
