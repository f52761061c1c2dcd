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
  /** Passes but the last, which all have as many parts. */
  private int evenPasses;
  private int evenParts;
  private int lastParts;

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
    if (workspace.ternaryTables.areOwn()) {
      workspace.ternaryTables.clear();
    } else {
      run(Phase.PREPARE);
    }
    share(newProjection.matrix().rowBlocks());
    workspace.team.forEach(evenPasses * evenParts + lastParts, 1, this);
  }

  /** The last pass may be of another kind than those before it, and is shared out by itself then. */
  private void share(int blocks) {
    TernaryKernel kernel = workspace.kernels.ternary();
    int workers = workspace.team.workers();
    int last = kernel.passes(tokens) - 1;
    int smallest = kernel.smallestPart(tokens, 0);
    int smallestOfLast = kernel.smallestPart(tokens, last);
    if (smallest == smallestOfLast) {
      evenParts = parts(last + 1, blocks, smallest, workers);
      lastParts = evenParts;
    } else {
      evenParts = parts(last, blocks, smallest, workers);
      lastParts = parts(1, blocks, smallestOfLast, workers);
    }
    evenPasses = last;
  }

  /**
   * In how many parts the blocks of rows of each pass are shared out: in as many as give all workers as much to do, and of those numbers in
   * the largest that leaves the parts large enough, otherwise in the least.
   *
   * @param smallest blocks of a part that is large enough
   */
  static int parts(int passes, int blocks, int smallest, int workers) {
    int best = 0;
    for (int parts = 1; parts <= blocks && (best == 0 || passes * parts <= MOST_PARTS * workers); parts++) {
      if (passes * parts % workers == 0 && (best == 0 || parts * smallest <= blocks)) {
        best = parts;
      }
    }
    return best == 0 ? blocks : best;
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
    switch (phase) {
      case QUANTISE -> quantise(w, worker, workers);
      case PREPARE -> workspace.ternaryTables.prepare(workspace.quantised, tokens, w.cols(),
          WorkerTeam.from(worker, workers, w.chunks()), WorkerTeam.to(worker, workers, w.chunks()));
    }
  }

  /** Multiplies some parts: some blocks of rows by the tokens of a pass. */
  @Override
  public void run(int worker, int fromPart, int toPart) {
    for (int i = fromPart; i < toPart; i++) {
      int pass = Math.min(i / evenParts, evenPasses);
      int parts = pass < evenPasses ? evenParts : lastParts;
      int blocks = projection().matrix().rowBlocks();
      int part = i - pass * evenParts;
      multiplyPart(worker, pass, WorkerTeam.from(part, parts, blocks), WorkerTeam.to(part, parts, blocks));
    }
  }

  private void multiplyPart(int worker, int pass, int fromBlock, int toBlock) {
    TernaryProjection p = projection();
    TernaryMatrix w = p.matrix();
    TernaryKernel kernel = workspace.kernels.ternary();
    workspace.ternaryTables.multiply(worker, w, workspace.quantised, tokens, pass, workspace.sums, fromBlock, toBlock,
        workspace);
    for (int token = kernel.passStart(tokens, pass); token < kernel.passStart(tokens, pass + 1); token++) {
      p.scale(workspace, token * w.rows(), workspace.scales[token], output, outputOffset + token * outputStride,
          fromBlock, toBlock);
    }
  }

  private void quantise(TernaryMatrix w, int first, int step) {
    for (int token = first; token < tokens; token += step) {
      workspace.scales[token] = workspace.kernels.math().quantise(input, inputOffset + token * inputStride, w.cols(),
          workspace.quantised, token * w.cols());
    }
  }
}
