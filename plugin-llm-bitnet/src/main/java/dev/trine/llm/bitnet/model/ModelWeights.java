/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import java.util.List;

/** All weights of a model, shared and read-only. */
public final class ModelWeights {

  final DenseMatrix embedding;
  final List<LayerWeights> layers;
  final float[] outputNorm;
  final DenseMatrix head;

  /**
   * @param embedding  {@code [vocabularySize, modelDim]}
   * @param layers     one for each layer
   * @param outputNorm {@code [modelDim]}
   * @param head       {@code [vocabularySize, modelDim]}; the embedding itself when they are tied
   */
  public ModelWeights(DenseMatrix embedding, List<LayerWeights> layers, float[] outputNorm, DenseMatrix head) {
    this.embedding = embedding;
    this.layers = List.copyOf(layers);
    this.outputNorm = outputNorm;
    this.head = head;
  }

  /** Number of weights in matrices; a tied head counts once. */
  public long weightCount() {
    long count = (long) embedding.rows() * embedding.cols();
    if (head != embedding) {
      count += (long) head.rows() * head.cols();
    }
    for (var layer : layers) {
      count += layer.weightCount();
    }
    return count;
  }

  /** Bytes of matrices that each token reads: all layers, the head, and its own row of the embedding. */
  public long bytesPerToken() {
    long bytes = embedding.rowBytes() + head.data().byteSize();
    for (var layer : layers) {
      bytes += layer.weightBytes();
    }
    return bytes;
  }
}
