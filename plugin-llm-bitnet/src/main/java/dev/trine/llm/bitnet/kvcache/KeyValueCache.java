/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

import java.util.Arrays;

/**
 * Keys (after RoPE) and values of one sequence, in float32, in blocks of {@value #BLOCK_TOKENS} positions that are allocated
 * when they are first written: a short conversation takes little memory whatever the context length. One thread at a time.
 */
public final class KeyValueCache {

  /** Positions in one block. */
  public static final int BLOCK_TOKENS = 128;

  private final int headDim;
  private final int kvHeadCount;
  private final int capacity;
  private final float[][][] keys;
  private final float[][][] values;
  private int length;

  /**
   * @param layerCount  number of layers
   * @param kvHeadCount key and value heads of a layer
   * @param headDim     width of a head
   * @param capacity    largest number of positions
   */
  public KeyValueCache(int layerCount, int kvHeadCount, int headDim, int capacity) {
    this.headDim = headDim;
    this.kvHeadCount = kvHeadCount;
    this.capacity = capacity;
    int blocks = (capacity + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
    keys = new float[layerCount][blocks][];
    values = new float[layerCount][blocks][];
  }

  /** Bytes that the keys and values of one position take in all layers. */
  public static long bytesPerPosition(int layerCount, int kvHeadCount, int headDim) {
    return 2L * layerCount * kvHeadCount * headDim * Float.BYTES;
  }

  /** Largest number of positions. */
  public int capacity() {
    return capacity;
  }

  /** Number of positions that hold keys and values of every layer. */
  public int length() {
    return length;
  }

  /**
   * Forgets the positions from {@code newLength} on, or declares positions that were just written as complete.
   *
   * @throws IllegalArgumentException when it is negative or over the capacity
   */
  public void setLength(int newLength) {
    if (newLength < 0 || newLength > capacity) {
      throw new IllegalArgumentException("length " + newLength + " is not in 0.." + capacity);
    }
    length = newLength;
  }

  /** Forgets everything and gives the memory back. */
  public void release() {
    length = 0;
    for (int layer = 0; layer < keys.length; layer++) {
      Arrays.fill(keys[layer], null);
      Arrays.fill(values[layer], null);
    }
  }

  /**
   * Writes one position of one layer.
   *
   * @param key   {@code [kvHeadCount, headDim]} from {@code keyOffset} on
   * @param value {@code [kvHeadCount, headDim]} from {@code valueOffset} on
   */
  public void put(int layer, int position, float[] key, int keyOffset, float[] value, int valueOffset) {
    int block = position / BLOCK_TOKENS;
    int row = position % BLOCK_TOKENS;
    if (keys[layer][block] == null) {
      // Both or neither, should memory run out in between.
      var newKeys = new float[kvHeadCount * BLOCK_TOKENS * headDim];
      values[layer][block] = new float[kvHeadCount * BLOCK_TOKENS * headDim];
      keys[layer][block] = newKeys;
    }
    for (int head = 0; head < kvHeadCount; head++) {
      int at = offset(head, row);
      System.arraycopy(key, keyOffset + head * headDim, keys[layer][block], at, headDim);
      System.arraycopy(value, valueOffset + head * headDim, values[layer][block], at, headDim);
    }
  }

  /** Keys of a block of positions, {@code [kvHeadCount, BLOCK_TOKENS, headDim]}; read only. */
  public float[] keyBlock(int layer, int block) {
    return keys[layer][block];
  }

  /** Values of a block of positions, {@code [kvHeadCount, BLOCK_TOKENS, headDim]}; read only. */
  public float[] valueBlock(int layer, int block) {
    return values[layer][block];
  }

  /** Where a head's row begins inside a block. */
  public int offset(int kvHead, int row) {
    return (kvHead * BLOCK_TOKENS + row) * headDim;
  }
}
