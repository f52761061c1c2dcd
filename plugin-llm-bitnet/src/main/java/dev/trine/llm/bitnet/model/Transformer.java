/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.VectorMath;
import dev.trine.llm.bitnet.kvcache.KeyValueCache;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a decoder-only transformer. Stateless beside its weights; what changes is in the {@link Workspace} and
 * the {@link KeyValueCache}, both used by one thread at a time.
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
  private final Attention attention;

  public Transformer(ModelConfig config, ModelWeights weights) {
    this.config = config;
    this.weights = weights;
    this.rotaryEmbedding = new RotaryEmbedding(config.rope());
    this.attention = new Attention(config);
  }

  /** The model's hyperparameters. */
  public ModelConfig config() {
    return config;
  }

  /** The same model cut off after its first layers, for what is about speed and not about results. */
  public Transformer firstLayers(int count) {
    return new Transformer(config.withLayerCount(count), weights);
  }

  /** An empty cache for one sequence. */
  public KeyValueCache newCache() {
    return new KeyValueCache(config.layerCount(), config.kvHeadCount(), config.headDim(), config.contextLength());
  }

  /**
   * Evaluates tokens that follow what is in the cache, and appends them to it.
   *
   * @param tokens   ids, each in {@code 0..vocabularySize-1}
   * @param from     index of the first one
   * @param count    how many, 1 to the workspace's {@code maxTokens}
   * @param cache    of this sequence; has room for {@code count} more
   * @param listener sees the hidden states, or null
   */
  public void evaluate(Workspace workspace, int[] tokens, int from, int count, KeyValueCache cache,
      @Nullable LayerListener listener) {
    int position = cache.length();
    if (count < 1 || count > workspace.maxTokens || position + count > cache.capacity()) {
      throw new IllegalArgumentException("cannot evaluate " + count + " tokens at position " + position + " of "
          + cache.capacity() + ", at most " + workspace.maxTokens + " at once");
    }
    int modelDim = config.modelDim();
    for (int token = 0; token < count; token++) {
      workspace.kernels.dense().decodeRow(weights.embedding, tokens[from + token], workspace.hidden, token * modelDim);
    }
    rotaryEmbedding.prepare(position, count, workspace.cosines, workspace.sines);
    for (int layer = 0; layer < config.layerCount(); layer++) {
      attentionBlock(workspace, weights.layers.get(layer), layer, count, cache, position);
      feedForwardBlock(workspace, weights.layers.get(layer), count);
      if (listener != null) {
        listener.afterLayer(layer, workspace.hidden, count);
      }
    }
    cache.setLength(position + count);
  }

  /**
   * Logits of one of the tokens that were evaluated last.
   *
   * @param token  index within the last {@link #evaluate}
   * @param logits {@code [vocabularySize]} from {@code offset} on, written
   */
  public void logits(Workspace workspace, int token, float[] logits, int offset) {
    int modelDim = config.modelDim();
    workspace.kernels.math().rmsNorm(workspace.hidden, token * modelDim, weights.outputNorm, config.rmsNormEps(),
        workspace.normed, 0, modelDim);
    int rows = weights.head.rows();
    workspace.team
        .run((worker, workers) -> workspace.kernels.dense().multiply(weights.head, workspace.normed, 0, logits,
            offset, (int) ((long) rows * worker / workers), (int) ((long) rows * (worker + 1) / workers)));
  }

  private void attentionBlock(Workspace workspace, LayerWeights layer, int index, int count, KeyValueCache cache,
      int position) {
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    int stride = queryDim + 2 * kvDim;
    float[] queryKeyValue = workspace.queryKeyValue;
    norm(workspace, workspace.hidden, layer.attentionNorm, workspace.normed, count, config.modelDim());
    layer.queryKeyValue.apply(workspace, workspace.normed, config.modelDim(), count, queryKeyValue, stride, 0);
    for (int token = 0; token < count; token++) {
      int row = token * stride;
      rotateHeads(workspace, queryKeyValue, row, config.headCount(), layer.queryNorm, token);
      rotateHeads(workspace, queryKeyValue, row + queryDim, config.kvHeadCount(), layer.keyNorm, token);
      cache.put(index, position + token, queryKeyValue, row + queryDim, queryKeyValue, row + queryDim + kvDim);
    }
    attention.apply(workspace, cache, index, queryKeyValue, stride, count, position, workspace.attention);
    if (layer.attentionSubNorm != null) {
      norm(workspace, workspace.attention, layer.attentionSubNorm, workspace.attention, count, queryDim);
    }
    layer.attentionOutput.apply(workspace, workspace.attention, queryDim, count, workspace.normed, config.modelDim(),
        0);
    addToHidden(workspace, count);
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
