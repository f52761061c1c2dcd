/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

/**
 * Keys (after RoPE) and values of {@link PagePool#PAGE_TOKENS} consecutive positions, of all layers. Pages are counted by who
 * uses them: sequences that begin alike share pages, and one that is used by more than one is never written. Belongs to one
 * thread at a time, like its {@link PagePool}.
 */
public final class Page {

  private final PagePool pool;
  private final CacheShape shape;
  /** {@code [layerCount, kvHeadCount, PAGE_TOKENS, headDim]}. */
  private final float[] keys;
  private final float[] values;
  private int references;

  Page(PagePool pool, CacheShape shape) {
    this.pool = pool;
    this.shape = shape;
    int size = shape.layerCount() * shape.kvHeadCount() * PagePool.PAGE_TOKENS * shape.headDim();
    keys = new float[size];
    values = new float[size];
  }

  /** How many users it has; 0 for one that waits in the pool. */
  public int references() {
    return references;
  }

  /**
   * One user more.
   *
   * @throws IllegalStateException when nobody uses it, so that it may be given to anybody at any time
   */
  public void retain() {
    if (references == 0) {
      throw new IllegalStateException("a page that was given back cannot be retained");
    }
    references++;
  }

  /**
   * One user less; the last one gives it back to the pool.
   *
   * @throws IllegalStateException when nobody uses it
   */
  public void release() {
    if (references == 0) {
      throw new IllegalStateException("a page was given back twice");
    }
    references--;
    if (references == 0) {
      pool.giveBack(this);
    }
  }

  void take() {
    references = 1;
  }

  PagePool pool() {
    return pool;
  }

  /** Takes over what another page holds. */
  void copyFrom(Page other) {
    System.arraycopy(other.keys, 0, keys, 0, keys.length);
    System.arraycopy(other.values, 0, values, 0, values.length);
  }

  /**
   * Writes one position of one layer.
   *
   * @param row   position within the page
   * @param key   {@code [kvHeadCount, headDim]} from {@code keyOffset} on
   * @param value {@code [kvHeadCount, headDim]} from {@code valueOffset} on
   */
  public void put(int layer, int row, float[] key, int keyOffset, float[] value, int valueOffset) {
    int headDim = shape.headDim();
    for (int head = 0; head < shape.kvHeadCount(); head++) {
      int at = offset(layer, head, row);
      System.arraycopy(key, keyOffset + head * headDim, keys, at, headDim);
      System.arraycopy(value, valueOffset + head * headDim, values, at, headDim);
    }
  }

  /** Keys, read only; see {@link #offset}. */
  public float[] keys() {
    return keys;
  }

  /** Values, read only; see {@link #offset}. */
  public float[] values() {
    return values;
  }

  /** Where a head's row of a layer begins. */
  public int offset(int layer, int kvHead, int row) {
    return ((layer * shape.kvHeadCount() + kvHead) * PagePool.PAGE_TOKENS + row) * shape.headDim();
  }
}
