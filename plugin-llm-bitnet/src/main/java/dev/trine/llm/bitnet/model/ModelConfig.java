/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/**
 * Hyperparameters of a decoder-only transformer, the same whatever file they came from.
 *
 * @param architecture   name in the model's files
 * @param layerCount     number of layers
 * @param modelDim       width of the residual stream
 * @param headCount      query heads
 * @param kvHeadCount    key and value heads; divides {@code headCount}
 * @param headDim        width of a head; not always {@code modelDim / headCount}
 * @param ffnDim         inner width of the feed-forward network
 * @param vocabularySize number of token ids
 * @param contextLength  largest number of tokens in one context
 * @param rmsNormEps     added to the mean square in RMSNorm
 * @param rope           position embedding
 * @param activation     gate activation of the feed-forward network
 */
public record ModelConfig(String architecture, int layerCount, int modelDim, int headCount, int kvHeadCount,
    int headDim,
    int ffnDim, int vocabularySize, int contextLength, float rmsNormEps, RopeConfig rope, Activation activation) {

  /** Width of all query heads together. */
  public int queryDim() {
    return headCount * headDim;
  }

  /** Width of all key heads (or all value heads) together. */
  public int kvDim() {
    return kvHeadCount * headDim;
  }

  /** The same model with fewer layers. */
  ModelConfig withLayerCount(int count) {
    return new ModelConfig(architecture, count, modelDim, headCount, kvHeadCount, headDim, ffnDim, vocabularySize,
        contextLength, rmsNormEps, rope, activation);
  }

  /** The same model with another context length. */
  public ModelConfig withContextLength(int length) {
    return new ModelConfig(architecture, layerCount, modelDim, headCount, kvHeadCount, headDim, ffnDim, vocabularySize,
        length, rmsNormEps, rope, activation);
  }
}
