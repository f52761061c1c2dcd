/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.VectorMath;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a decoder-only transformer. Stateless beside its weights; what changes is in the {@link Workspace} and
 * the {@link SequenceCache}, both used by one thread at a time.
 *
 * <p>For each layer, with optional parts in brackets:
 * <pre>
 * h = rms(x, attentionNorm);  q, k, v = QKV h  [q, k = rms per head]  q, k = rope(q, k)
 * a = softmax(q K^T / sqrt(headDim)) V         [a = rms(a, attentionSubNorm)]   x = x + O a
 * h = rms(x, ffnNorm);  m = act(G h) * (U h)   [m = rms(m, ffnSubNorm)]         x = x + D m
 * </pre>
 * and at the end {@code logits = head rms(x, outputNorm)}.
 */
public final class Transformer {

  /** Sees the residual stream after each layer. */
  @FunctionalInterface
  public interface LayerListener {
    /**
     * Called after each layer.
     *
     * @param hidden {@code [tokens, modelDim]}, valid during the call
     */
    void afterLayer(int layer, float[] hidden, int tokens);
  }

  private final ModelConfig config;
  private final ModelWeights weights;
  private final RotaryEmbedding rotaryEmbedding;

  public Transformer(ModelConfig config, ModelWeights weights) {
    this.config = config;
    this.weights = weights;
    this.rotaryEmbedding = new RotaryEmbedding(config.rope());
  }

  /** The model's hyperparameters. */
  public ModelConfig config() {
    return config;
  }

  /** The same model cut off after its first layers, for what is about speed and not about results. */
  public Transformer firstLayers(int count) {
    return new Transformer(config.withLayerCount(count), weights);
  }

  /** What a cache keeps of every token. */
  public CacheShape cacheShape() {
    return new CacheShape(config.layerCount(), config.kvHeadCount(), config.headDim());
  }

  /**
   * Evaluates a step: afterwards every cache holds its sequence's tokens, and the workspace the logits that are wanted. When it
   * fails, the caches have their former lengths.
   *
   * @param step at least one token, at most as many tokens and rows of logits as the workspace holds
   * @throws IllegalArgumentException when the step does not fit the workspace, a token the vocabulary, or a cache the model
   * @throws dev.trine.api.PlatformException when there is no memory for keys and values
   */
  public void evaluate(Workspace workspace, Step step) {
    evaluate(workspace, step, null);
  }

  /**
   * Evaluates a step, see {@link #evaluate(Workspace, Step)}.
   *
   * @param listener sees the hidden states, or null
   */
  public void evaluate(Workspace workspace, Step step, @Nullable LayerListener listener) {
    check(workspace, step);
    reserve(step);
    int row = 0;
    int modelDim = config.modelDim();
    int pairs = config.rope().frequencies().count();
    for (int run = 0; run < step.runs(); run++) {
      rotaryEmbedding.prepare(step.cache(run).length(), step.count(run), workspace.cosines, workspace.sines,
          row * pairs);
      for (int i = 0; i < step.count(run); i++) {
        workspace.kernels.dense().decodeRow(weights.embedding, step.token(run, i), workspace.hidden, row * modelDim);
        row++;
      }
    }
    int count = step.tokenCount();
    workspace.attentionOverCache.begin(step, workspace.team.workers());
    for (int layer = 0; layer < config.layerCount(); layer++) {
      attentionBlock(workspace, weights.layers.get(layer), layer, step);
      feedForwardBlock(workspace, weights.layers.get(layer), count);
      if (listener != null) {
        listener.afterLayer(layer, workspace.hidden, count);
      }
    }
    workspace.attentionOverCache.end();
    logits(workspace, step);
    for (int run = 0; run < step.runs(); run++) {
      step.cache(run).advance(step.count(run));
    }
  }

  private void check(Workspace workspace, Step step) {
    if (step.tokenCount() < 1 || step.tokenCount() > workspace.maxTokens || step.logitCount() > workspace.maxLogits) {
      throw new IllegalArgumentException("a step of " + step.tokenCount() + " tokens with logits of "
          + step.logitCount() + " does not fit a workspace of " + workspace.maxTokens + " tokens and "
          + workspace.maxLogits + " logits");
    }
    for (int run = 0; run < step.runs(); run++) {
      CacheShape shape = step.cache(run).pool().shape();
      if (shape.layerCount() < config.layerCount() || shape.kvHeadCount() != config.kvHeadCount()
          || shape.headDim() != config.headDim()) {
        throw new IllegalArgumentException("a cache of " + shape + " does not fit a model of " + cacheShape());
      }
      for (int i = 0; i < step.count(run); i++) {
        if (step.token(run, i) < 0 || step.token(run, i) >= config.vocabularySize()) {
          throw new IllegalArgumentException(
              "token " + step.token(run, i) + " is not in 0.." + (config.vocabularySize() - 1));
        }
      }
    }
  }

  /** Pages for all sequences or for none. */
  private static void reserve(Step step) {
    int reserved = 0;
    try {
      while (reserved < step.runs()) {
        step.cache(reserved).reserve(step.count(reserved));
        reserved++;
      }
    } finally {
      if (reserved < step.runs()) {
        for (int run = 0; run < reserved; run++) {
          step.cache(run).truncate(step.cache(run).length());
        }
      }
    }
  }

  private void logits(Workspace workspace, Step step) {
    int modelDim = config.modelDim();
    VectorMath math = workspace.kernels.math();
    int end = 0;
    int logitRow = 0;
    for (int run = 0; run < step.runs(); run++) {
      end += step.count(run);
      for (int token = end - step.logits(run); token < end; token++) {
        math.rmsNorm(workspace.hidden, token * modelDim, weights.outputNorm, config.rmsNormEps(), workspace.headInput,
            logitRow * modelDim, modelDim);
        logitRow++;
      }
    }
    int rows = weights.head.rows();
    for (int row = 0; row < logitRow; row++) {
      int offset = row * modelDim;
      float[] logits = workspace.logits[row];
      workspace.team.run((worker, workers) -> workspace.kernels.dense().multiply(weights.head, workspace.headInput,
          offset, logits, 0, WorkerTeam.from(worker, workers, rows), WorkerTeam.to(worker, workers, rows)));
    }
  }

  private void attentionBlock(Workspace workspace, LayerWeights layer, int index, Step step) {
    int count = step.tokenCount();
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    int stride = queryDim + 2 * kvDim;
    float[] queryKeyValue = workspace.queryKeyValue;
    norm(workspace, workspace.hidden, layer.attentionNorm, workspace.normed, count, config.modelDim());
    layer.queryKeyValue.apply(workspace, workspace.normed, config.modelDim(), count, queryKeyValue, stride, 0);
    int row = 0;
    for (int run = 0; run < step.runs(); run++) {
      SequenceCache cache = step.cache(run);
      for (int i = 0; i < step.count(run); i++) {
        append(workspace, layer, index, cache, cache.length() + i, row + i);
      }
      row += step.count(run);
    }
    workspace.attentionOverCache.apply(workspace.team, index, queryKeyValue, stride, workspace.attention);
    if (layer.attentionSubNorm != null) {
      norm(workspace, workspace.attention, layer.attentionSubNorm, workspace.attention, count, queryDim);
    }
    layer.attentionOutput.apply(workspace, workspace.attention, queryDim, count, workspace.normed, config.modelDim(),
        0);
    addToHidden(workspace, count);
  }

  /** Rotates a token's queries and keys, and writes its keys and values into the cache. */
  private void append(Workspace workspace, LayerWeights layer, int index, SequenceCache cache, int position,
      int token) {
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    float[] queryKeyValue = workspace.queryKeyValue;
    int at = token * (queryDim + 2 * kvDim);
    rotateHeads(workspace, queryKeyValue, at, config.headCount(), layer.queryNorm, token);
    rotateHeads(workspace, queryKeyValue, at + queryDim, config.kvHeadCount(), layer.keyNorm, token);
    PagePool pool = cache.pool();
    for (int head = 0; head < config.kvHeadCount(); head++) {
      int key = at + queryDim + head * config.headDim();
      workspace.kernels.attention().store(pool.layout(), cache.memory()[position / PagePool.PAGE_TOKENS],
          pool.offset(index, head), position % PagePool.PAGE_TOKENS, 1, queryKeyValue, key, queryKeyValue, key + kvDim,
          0);
    }
  }

  private void rotateHeads(Workspace workspace, float[] x, int offset, int heads, float @Nullable [] headNorm,
      int token) {
    VectorMath math = workspace.kernels.math();
    int headDim = config.headDim();
    for (int head = 0; head < heads; head++) {
      int at = offset + head * headDim;
      if (headNorm != null) {
        math.rmsNorm(x, at, headNorm, config.rmsNormEps(), x, at, headDim);
      }
      rotaryEmbedding.rotate(x, at, workspace.cosines, workspace.sines, token * config.rope().frequencies().count());
    }
  }

  private void feedForwardBlock(Workspace workspace, LayerWeights layer, int count) {
    int ffnDim = config.ffnDim();
    float[] gateUp = workspace.gateUp;
    norm(workspace, workspace.hidden, layer.ffnNorm, workspace.normed, count, config.modelDim());
    layer.gateUp.apply(workspace, workspace.normed, config.modelDim(), count, gateUp, 2 * ffnDim, 0);
    VectorMath math = workspace.kernels.math();
    forEachToken(workspace, count, token -> {
      int gate = token * 2 * ffnDim;
      switch (config.activation()) {
        case RELU_SQUARED -> math.reluSquaredTimes(gateUp, gate, gateUp, gate + ffnDim, workspace.inner, token * ffnDim,
            ffnDim);
        case SILU -> math.siluTimes(gateUp, gate, gateUp, gate + ffnDim, workspace.inner, token * ffnDim, ffnDim);
      }
    });
    if (layer.ffnSubNorm != null) {
      norm(workspace, workspace.inner, layer.ffnSubNorm, workspace.inner, count, ffnDim);
    }
    layer.down.apply(workspace, workspace.inner, ffnDim, count, workspace.normed, config.modelDim(), 0);
    addToHidden(workspace, count);
  }

  private void norm(Workspace workspace, float[] x, float[] weight, float[] out, int count, int width) {
    VectorMath math = workspace.kernels.math();
    forEachToken(workspace, count,
        token -> math.rmsNorm(x, token * width, weight, config.rmsNormEps(), out, token * width, width));
  }

  private void addToHidden(Workspace workspace, int count) {
    workspace.kernels.math().addScaled(workspace.hidden, 0, 1, workspace.normed, 0, count * config.modelDim());
  }

  @FunctionalInterface
  private interface TokenTask {
    void run(int token);
  }

  /** One token is not worth waking the team for. */
  private static void forEachToken(Workspace workspace, int count, TokenTask task) {
    if (count == 1) {
      task.run(0);
    } else {
      workspace.team.run((worker, workers) -> {
        for (int token = worker; token < count; token += workers) {
          task.run(token);
        }
      });
    }
  }
}
