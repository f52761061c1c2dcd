/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.llm.bitnet.kvcache.CacheShape;
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

  /**
   * A model over weights that were loaded for it.
   *
   * @param weights of a model with these hyperparameters; they belong to the caller and stay open as long as this is used
   */
  public Transformer(ModelConfig config, ModelWeights weights) {
    this.config = config;
    this.weights = weights;
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
    TokenWork tokens = workspace.tokenWork;
    tokens.begin(step);
    workspace.attentionOverCache.begin(step, workspace.team.workers());
    try {
      tokens.embed(weights);
      for (int layer = 0; layer < config.layerCount(); layer++) {
        LayerWeights of = weights.layers.get(layer);
        // What the layer before has to add is added on the way, except where someone wants to see it.
        attentionBlock(workspace, of, layer, step.tokenCount(), layer > 0 && listener == null);
        feedForwardBlock(workspace, of, step.tokenCount());
        if (listener != null) {
          tokens.add();
          listener.afterLayer(layer, workspace.hidden, step.tokenCount());
        }
      }
      if (listener == null && step.logitCount() > 0) {
        tokens.add();
      }
      tokens.outputNorm(weights.outputNorm);
      ScreenedHead screenedHead = workspace.screenedHead;
      if (screenedHead == null || !screenedHead.applyWhereItPays(step)) {
        workspace.headWork.apply(weights.head, step.logitCount());
      }
    } finally {
      workspace.attentionOverCache.end();
      tokens.end();
    }
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

  private void attentionBlock(Workspace workspace, LayerWeights layer, int index, int count, boolean addFirst) {
    int queryDim = config.queryDim();
    int stride = queryDim + 2 * config.kvDim();
    TokenWork tokens = workspace.tokenWork;
    tokens.addAndNorm(addFirst, layer.attentionNorm);
    layer.queryKeyValue.apply(workspace, workspace.normed, config.modelDim(), count, workspace.queryKeyValue, stride,
        0);
    tokens.rotateAndStore(layer, index);
    workspace.attentionOverCache.apply(workspace.team, index, workspace.queryKeyValue, stride, workspace.attention);
    if (layer.attentionSubNorm != null) {
      tokens.attentionSubNorm(layer.attentionSubNorm);
    }
    layer.attentionOutput.apply(workspace, workspace.attention, queryDim, count, workspace.normed, config.modelDim(),
        0);
  }

  private void feedForwardBlock(Workspace workspace, LayerWeights layer, int count) {
    int ffnDim = config.ffnDim();
    TokenWork tokens = workspace.tokenWork;
    tokens.addAndNorm(true, layer.ffnNorm);
    layer.gateUp.apply(workspace, workspace.normed, config.modelDim(), count, workspace.gateUp, 2 * ffnDim, 0);
    tokens.gate(layer);
    layer.down.apply(workspace, workspace.inner, ffnDim, count, workspace.normed, config.modelDim(), 0);
  }
}
