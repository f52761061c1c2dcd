/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * What generating one token reads from memory, as it lies there: packed, not as in the model's files.
 *
 * @param weightBytesPerToken weights that every token reads, head included; of an embedding only what one token takes; 0 when unknown
 * @param kvBytesPerPosition  keys and values of one position of the context, in all layers; 0 when unknown
 */
public record MemoryTraffic(long weightBytesPerToken, long kvBytesPerPosition) {

  /** Of a model that does not say. */
  public static final MemoryTraffic UNKNOWN = new MemoryTraffic(0, 0);

  /** Bytes read for a token that {@code context} others stand before. */
  public long bytesPerToken(long context) {
    return weightBytesPerToken + kvBytesPerPosition * context;
  }
}
