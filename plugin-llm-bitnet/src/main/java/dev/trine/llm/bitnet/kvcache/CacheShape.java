/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

/**
 * What a model keeps of every token.
 *
 * @param layerCount  number of layers
 * @param kvHeadCount key and value heads of a layer
 * @param headDim     width of a head
 */
public record CacheShape(int layerCount, int kvHeadCount, int headDim) {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException when one of them is not positive
   */
  public CacheShape {
    if (layerCount < 1 || kvHeadCount < 1 || headDim < 1) {
      throw new IllegalArgumentException(
          layerCount + " layers with " + kvHeadCount + " heads of " + headDim + " leave nothing to keep");
    }
  }
}
