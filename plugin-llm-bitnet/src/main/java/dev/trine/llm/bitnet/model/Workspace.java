/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.kernel.TileScratch;
import dev.trine.compute.thread.WorkerTeam;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Kernels, threads and scratch memory of one evaluation at a time. Everything large is allocated up front for a given
 * number of tokens.
 */
public final class Workspace implements AutoCloseable {

  final Kernels kernels;
  final WorkerTeam team;
  final int maxTokens;
  final int maxLogits;
  /** Residual stream, {@code [maxTokens, modelDim]}. */
  final float[] hidden;
  /** Normalised input of a projection, {@code [maxTokens, modelDim]}; also the output of one before it is added. */
  final float[] normed;
  /** Queries, keys and values side by side, {@code [maxTokens, queryDim + 2 * kvDim]}. */
  final float[] queryKeyValue;
  /** Output of attention, {@code [maxTokens, queryDim]}. */
  final float[] attention;
  /** Gate and up side by side, {@code [maxTokens, 2 * ffnDim]}. */
  final float[] gateUp;
  /** Activated product of gate and up, {@code [maxTokens, ffnDim]}. */
  final float[] inner;
  /** Normalised hidden states whose logits are wanted, {@code [maxLogits, modelDim]}. */
  final float[] headInput;
  /** Logits, {@code [maxLogits][vocabularySize]}. */
  final float[][] logits;
  final Attention attentionOverCache;
  final TokenWork tokenWork;
  final HeadWork headWork;
  final DenseWork denseWork;
  /** Finds the largest logits without computing all; null where there is nothing to do it with. */
  @Nullable
  ScreenedHead screenedHead;
  /** Cosines and sines, {@code [maxTokens, rotatedDim / 2]}. */
  final float[] cosines;
  final float[] sines;
  /** Quantised activations, {@code [maxTokens, widest input]}. */
  final byte[] quantised;
  /** Quantisation scale of each token, {@code 127 / absmax}. */
  final float[] scales;
  /** Integer results, {@code [maxTokens, widest output]}. */
  final int[] sums;
  /** What the ternary kernel prepares from the activations. */
  final TernaryTables ternaryTables;
  final TileScratch[] tileScratch;
  final TernaryTask ternaryTask = new TernaryTask(this);
  private final Arena arena = Arena.ofShared();

  /**
   * With float activations, see the other constructor.
   *
   * @param maxTokens largest number of tokens in one step
   * @param maxLogits largest number of tokens in one step whose logits are wanted
   */
  public Workspace(ModelConfig config, Kernels kernels, WorkerTeam team, int maxTokens, int maxLogits) {
    this(config, kernels, team, maxTokens, maxLogits, Activations.FLOAT);
  }

  /**
   * @param maxTokens   largest number of tokens in one step
   * @param maxLogits   largest number of tokens in one step whose logits are wanted
   * @param activations what layers that are not ternary are multiplied with
   */
  public Workspace(ModelConfig config, Kernels kernels, WorkerTeam team, int maxTokens, int maxLogits,
      Activations activations) {
    this.kernels = kernels;
    this.team = team;
    this.maxTokens = maxTokens;
    this.maxLogits = maxLogits;
    int qkvDim = config.queryDim() + 2 * config.kvDim();
    int widestInput = Math.max(config.modelDim(), Math.max(config.queryDim(), config.ffnDim()));
    int widestOutput = Math.max(Math.max(config.modelDim(), qkvDim), 2 * config.ffnDim());
    hidden = new float[maxTokens * config.modelDim()];
    normed = new float[maxTokens * config.modelDim()];
    queryKeyValue = new float[maxTokens * qkvDim];
    attention = new float[maxTokens * config.queryDim()];
    gateUp = new float[maxTokens * 2 * config.ffnDim()];
    inner = new float[maxTokens * config.ffnDim()];
    headInput = new float[maxLogits * config.modelDim()];
    logits = new float[maxLogits][config.vocabularySize()];
    attentionOverCache = new Attention(config, kernels.attention(), team.workers(), maxTokens);
    cosines = new float[maxTokens * config.rope().frequencies().count()];
    sines = new float[cosines.length];
    tokenWork = new TokenWork(config, this);
    headWork = new HeadWork(config, this);
    denseWork = new DenseWork(this, activations, widestInput);
    quantised = new byte[maxTokens * widestInput];
    scales = new float[maxTokens];
    sums = new int[maxTokens * widestOutput];
    ternaryTables = new TernaryTables(kernels.ternary(), team.workers(), widestInput, maxTokens, arena);
    tileScratch = new TileScratch[team.workers()];
    for (int worker = 0; worker < tileScratch.length; worker++) {
      tileScratch[worker] = kernels.ternary().newTileScratch(arena);
    }
  }

  /** Has the largest logits found by these weights' coarse copy of the head, if they have one and the kernels are made for it. */
  public void useScreen(ModelWeights weights) {
    ScreenMatrix screen = weights.screen;
    if (screen != null) {
      screenedHead = kernels.screen().map(kernel -> new ScreenedHead(kernel, screen, weights.head, this, arena))
          .orElse(null);
    }
  }

  /** Largest number of tokens in one step. */
  public int maxTokens() {
    return maxTokens;
  }

  /** Largest number of tokens in one step whose logits are wanted. */
  public int maxLogits() {
    return maxLogits;
  }

  /**
   * Logits of the last step.
   *
   * @param row number of the token among those whose logits were wanted, in the order in which they were added
   * @return {@code [vocabularySize]}, overwritten by the next step; the caller may change it
   */
  public float[] logits(int row) {
    return logits[row];
  }

  /** Releases the native scratch memory; the team belongs to the caller. */
  @Override
  public void close() {
    arena.close();
  }
}
