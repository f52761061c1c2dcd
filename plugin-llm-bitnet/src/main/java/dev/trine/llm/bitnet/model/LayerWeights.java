/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import org.jspecify.annotations.Nullable;

/** Weights of one layer. Norm weights are {@code [width]}; sub-norms and per-head norms are null where a model has none. */
public final class LayerWeights {

  final float[] attentionNorm;
  final Projection queryKeyValue;
  final float @Nullable [] queryNorm;
  final float @Nullable [] keyNorm;
  final float @Nullable [] attentionSubNorm;
  final Projection attentionOutput;
  final float[] ffnNorm;
  final Projection gateUp;
  final float @Nullable [] ffnSubNorm;
  final Projection down;

  /**
   * @param attentionNorm    {@code [modelDim]}
   * @param queryKeyValue    {@code modelDim} to queries, keys and values side by side
   * @param queryNorm        {@code [headDim]}, per head before RoPE (Qwen3)
   * @param keyNorm          {@code [headDim]}, per head before RoPE (Qwen3)
   * @param attentionSubNorm {@code [queryDim]}, before the output projection (BitNet)
   * @param attentionOutput  {@code queryDim} to {@code modelDim}
   * @param ffnNorm          {@code [modelDim]}
   * @param gateUp           {@code modelDim} to gate and up side by side, {@code 2 * ffnDim}
   * @param ffnSubNorm       {@code [ffnDim]}, before the down projection (BitNet)
   * @param down             {@code ffnDim} to {@code modelDim}
   */
  public LayerWeights(float[] attentionNorm, Projection queryKeyValue, float @Nullable [] queryNorm,
      float @Nullable [] keyNorm, float @Nullable [] attentionSubNorm, Projection attentionOutput, float[] ffnNorm,
      Projection gateUp, float @Nullable [] ffnSubNorm, Projection down) {
    this.attentionNorm = attentionNorm;
    this.queryKeyValue = queryKeyValue;
    this.queryNorm = queryNorm;
    this.keyNorm = keyNorm;
    this.attentionSubNorm = attentionSubNorm;
    this.attentionOutput = attentionOutput;
    this.ffnNorm = ffnNorm;
    this.gateUp = gateUp;
    this.ffnSubNorm = ffnSubNorm;
    this.down = down;
  }

  long weightBytes() {
    return queryKeyValue.weightBytes() + attentionOutput.weightBytes() + gateUp.weightBytes() + down.weightBytes();
  }

  long weightCount() {
    return queryKeyValue.weightCount() + attentionOutput.weightCount() + gateUp.weightCount() + down.weightCount();
  }
}
