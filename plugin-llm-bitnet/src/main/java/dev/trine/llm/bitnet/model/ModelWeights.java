/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.ScreenMatrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All weights of a model, shared and read-only. */
public final class ModelWeights {

  final DenseMatrix embedding;
  final List<LayerWeights> layers;
  final float[] outputNorm;
  final DenseMatrix head;
  final @Nullable ScreenMatrix screen;

  /**
   * @param embedding  {@code [vocabularySize, modelDim]}
   * @param layers     one for each layer
   * @param outputNorm {@code [modelDim]}
   * @param head       {@code [vocabularySize, modelDim]}; the embedding itself when they are tied
   */
  public ModelWeights(DenseMatrix embedding, List<LayerWeights> layers, float[] outputNorm, DenseMatrix head) {
    this(embedding, layers, outputNorm, head, null);
  }

  private ModelWeights(DenseMatrix embedding, List<LayerWeights> layers, float[] outputNorm, DenseMatrix head,
      @Nullable ScreenMatrix screen) {
    this.embedding = embedding;
    this.layers = List.copyOf(layers);
    this.outputNorm = outputNorm;
    this.head = head;
    this.screen = screen;
  }

  /** The output layer, {@code [vocabularySize, modelDim]}. */
  public DenseMatrix head() {
    return head;
  }

  /**
   * The same weights with a coarse copy of the head, by which the largest logits are found sooner.
   *
   * @throws IllegalArgumentException when it has another shape than the head
   */
  public ModelWeights withScreen(ScreenMatrix coarse) {
    if (coarse.rows() != head.rows() || coarse.cols() != head.cols()) {
      throw new IllegalArgumentException("a copy [" + coarse.rows() + ", " + coarse.cols() + "] of a head ["
          + head.rows() + ", " + head.cols() + "]");
    }
    return new ModelWeights(embedding, layers, outputNorm, head, coarse);
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

  /** Bytes of matrices that each token reads: all layers, the head or its coarse copy, and its own row of the embedding. */
  public long bytesPerToken() {
    long bytes = embedding.rowBytes() + (screen == null ? head.data().byteSize() : screen.packed().byteSize());
    for (var layer : layers) {
      bytes += layer.weightBytes();
    }
    return bytes;
  }
}
