/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.VectorMath;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a step does between projections, token by token. Several tokens are shared out among the workers; one is not worth waking
 * them for. Belongs to a {@link Workspace} and is used again and again, so that a step allocates nothing.
 */
final class TokenWork implements WorkerTeam.Task {

  private enum Kind {
    EMBED, ADD_AND_NORM, ROTATE_AND_STORE, ATTENTION_SUB_NORM, GATE, OUTPUT_NORM
  }

  private static final float[] NO_WEIGHT = {};

  private final ModelConfig config;
  private final Workspace workspace;
  private final VectorMath math;
  private final RotaryEmbedding rotaryEmbedding;

  // The tokens of the step, and those whose logits are wanted.
  private final int[] ids;
  private final SequenceCache[] caches;
  private final int[] positions;
  private final int[] logitTokens;
  private int tokens;
  private int logitRows;

  // What is to be done at present.
  private Kind kind = Kind.EMBED;
  private int items;
  private @Nullable ModelWeights weights;
  private @Nullable LayerWeights layer;
  private int layerIndex;
  private float[] normWeight = NO_WEIGHT;
  private boolean add;

  TokenWork(ModelConfig config, Workspace workspace) {
    this.config = config;
    this.workspace = workspace;
    this.math = workspace.kernels.math();
    this.rotaryEmbedding = new RotaryEmbedding(config.rope());
    this.ids = new int[workspace.maxTokens];
    this.caches = new SequenceCache[workspace.maxTokens];
    this.positions = new int[workspace.maxTokens];
    this.logitTokens = new int[workspace.maxLogits];
  }

  /** Looks at the step once for all layers. Its caches have not been advanced yet. */
  void begin(Step step) {
    tokens = 0;
    logitRows = 0;
    for (int run = 0; run < step.runs(); run++) {
      SequenceCache cache = step.cache(run);
      int count = step.count(run);
      for (int i = 0; i < count; i++) {
        ids[tokens] = step.token(run, i);
        caches[tokens] = cache;
        positions[tokens] = cache.length() + i;
        if (i >= count - step.logits(run)) {
          logitTokens[logitRows] = tokens;
          logitRows++;
        }
        tokens++;
      }
    }
  }

  /** Lets go of the step's caches. */
  void end() {
    Arrays.fill(caches, 0, tokens, null);
  }

  /** {@code hidden = embedding[token]}, and the rotations of the tokens' positions. */
  void embed(ModelWeights ofModel) {
    weights = ofModel;
    run(Kind.EMBED, tokens);
  }

  /** {@code hidden += normed} where wanted, then {@code normed = rms(hidden)}. */
  void addAndNorm(boolean addFirst, float[] weight) {
    add = addFirst;
    normWeight = weight;
    run(Kind.ADD_AND_NORM, tokens);
  }

  /** Normalises queries and keys by head where the model does so, rotates them, and writes keys and values into the cache. */
  void rotateAndStore(LayerWeights of, int index) {
    layer = of;
    layerIndex = index;
    run(Kind.ROTATE_AND_STORE, tokens * config.kvHeadCount());
  }

  /** {@code attention = rms(attention)}. */
  void attentionSubNorm(float[] weight) {
    normWeight = weight;
    run(Kind.ATTENTION_SUB_NORM, tokens);
  }

  /** {@code inner = activation(gate) * up}, normalised where the model does so. */
  void gate(LayerWeights of) {
    layer = of;
    run(Kind.GATE, tokens);
  }

  /** {@code hidden += normed}. */
  void add() {
    add = true;
    normWeight = NO_WEIGHT;
    run(Kind.ADD_AND_NORM, tokens);
  }

  /** {@code headInput = rms(hidden)} for the tokens whose logits are wanted. */
  void outputNorm(float[] weight) {
    normWeight = weight;
    run(Kind.OUTPUT_NORM, logitRows);
  }

  private void run(Kind wanted, int count) {
    kind = wanted;
    items = count;
    if (count == 1) {
      run(0, 1);
    } else if (count > 1) {
      workspace.team.run(this);
    }
  }

  @Override
  public void run(int worker, int workers) {
    int to = WorkerTeam.to(worker, workers, items);
    for (int item = WorkerTeam.from(worker, workers, items); item < to; item++) {
      switch (kind) {
        case EMBED -> embed(item);
        case ADD_AND_NORM -> addAndNorm(item);
        case ROTATE_AND_STORE -> rotateAndStore(item / config.kvHeadCount(), item % config.kvHeadCount());
        case ATTENTION_SUB_NORM -> norm(workspace.attention, item, workspace.attention, item, config.queryDim());
        case GATE -> gate(item);
        case OUTPUT_NORM -> norm(workspace.hidden, logitTokens[item], workspace.headInput, item, config.modelDim());
      }
    }
  }

  private void embed(int token) {
    if (weights == null) {
      throw new IllegalStateException("no model to embed with");
    }
    workspace.kernels.dense().decodeRow(weights.embedding, ids[token], workspace.hidden, token * config.modelDim());
    rotaryEmbedding.prepare(positions[token], workspace.cosines, workspace.sines,
        token * config.rope().frequencies().count());
  }

  private void addAndNorm(int token) {
    int modelDim = config.modelDim();
    if (add) {
      math.addScaled(workspace.hidden, token * modelDim, 1, workspace.normed, token * modelDim, modelDim);
    }
    if (normWeight.length > 0) {
      norm(workspace.hidden, token, workspace.normed, token, modelDim);
    }
  }

  private void norm(float[] x, int row, float[] out, int outRow, int width) {
    math.rmsNorm(x, row * width, normWeight, config.rmsNormEps(), out, outRow * width, width);
  }

  /** One group of query heads with its key and value. */
  private void rotateAndStore(int token, int kvHead) {
    LayerWeights of = requireLayer();
    int headDim = config.headDim();
    int group = config.headCount() / config.kvHeadCount();
    float[] x = workspace.queryKeyValue;
    int row = token * (config.queryDim() + 2 * config.kvDim());
    for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
      rotate(x, row + head * headDim, of.queryNorm, token);
    }
    int key = row + config.queryDim() + kvHead * headDim;
    rotate(x, key, of.keyNorm, token);
    SequenceCache cache = caches[token];
    PagePool pool = cache.pool();
    int position = positions[token];
    workspace.kernels.attention().store(pool.layout(), cache.memory()[position / PagePool.PAGE_TOKENS],
        pool.offset(layerIndex, kvHead), position % PagePool.PAGE_TOKENS, 1, x, key, x, key + config.kvDim(), 0);
  }

  private void rotate(float[] x, int at, float @Nullable [] headNorm, int token) {
    if (headNorm != null) {
      math.rmsNorm(x, at, headNorm, config.rmsNormEps(), x, at, config.headDim());
    }
    rotaryEmbedding.rotate(x, at, workspace.cosines, workspace.sines, token * config.rope().frequencies().count());
  }

  private void gate(int token) {
    LayerWeights of = requireLayer();
    int ffnDim = config.ffnDim();
    int gate = token * 2 * ffnDim;
    float[] inner = workspace.inner;
    switch (config.activation()) {
      case RELU_SQUARED -> math.reluSquaredTimes(workspace.gateUp, gate, workspace.gateUp, gate + ffnDim, inner,
          token * ffnDim, ffnDim);
      case SILU -> math.siluTimes(workspace.gateUp, gate, workspace.gateUp, gate + ffnDim, inner, token * ffnDim,
          ffnDim);
    }
    if (of.ffnSubNorm != null) {
      math.rmsNorm(inner, token * ffnDim, of.ffnSubNorm, config.rmsNormEps(), inner, token * ffnDim, ffnDim);
    }
  }

  private LayerWeights requireLayer() {
    if (layer == null) {
      throw new IllegalStateException("no layer to work on");
    }
    return layer;
  }
}
