/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

import java.lang.foreign.MemorySegment;

/**
 * Keys (after RoPE) and values of {@link PagePool#PAGE_TOKENS} consecutive positions, of all layers. Pages are counted by who
 * uses them: sequences that begin alike share pages, and one that is used by more than one is never written. Belongs to one
 * thread at a time, like its {@link PagePool}.
 */
public final class Page {

  private final PagePool pool;
  private final int number;
  private final MemorySegment memory;
  private int references;

  Page(PagePool pool, int number, MemorySegment memory) {
    this.pool = pool;
    this.number = number;
    this.memory = memory;
  }

  /** Counts the pages of the pool; those of a slab lie one behind the other. */
  int number() {
    return number;
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

  /** Where its bytes are: for each layer and head one block, see {@link PagePool#offset}, and bytes of other pages between them. */
  MemorySegment memory() {
    return memory;
  }
}
