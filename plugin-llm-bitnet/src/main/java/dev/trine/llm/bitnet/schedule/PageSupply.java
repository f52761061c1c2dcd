/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import dev.trine.llm.bitnet.prefix.PrefixTree;
import java.util.List;

/** Pages for sequences; texts that are only kept for later give theirs up when they are needed. */
final class PageSupply {

  private final PagePool pool;
  private final int keptPages;
  private final PrefixTree tree = new PrefixTree();

  /** @param keptPages most pages in use while texts are kept for later; sequences may need more */
  PageSupply(PagePool pool, int keptPages) {
    this.pool = pool;
    this.keptPages = keptPages;
  }

  PagePool pool() {
    return pool;
  }

  PrefixTree tree() {
    return tree;
  }

  int usedPages() {
    return pool.maxPages() - pool.availablePages();
  }

  /** Keeps no more for later than it should. */
  void trim() {
    tree.evict(usedPages() - keptPages);
  }

  /** Whether the next {@code count} positions of a sequence can be written; takes the pages for them. */
  boolean reserve(SequenceCache cache, int count) {
    int needed = needed(cache, count);
    if (needed > 0) {
      // Before the pool grows for it.
      tree.evict(usedPages() + needed - keptPages);
    }
    int missing = needed - pool.availablePages();
    if (missing > 0 && tree.evict(missing) < missing) {
      return false;
    }
    while (true) {
      try {
        cache.reserve(count);
        return true;
      } catch (PlatformException e) {
        // The system has less memory than the pool may take.
        if (tree.evict(1) == 0) {
          return false;
        }
      }
    }
  }

  /** As {@link #reserve}, but nobody gives anything up for it. */
  boolean reserveSpare(SequenceCache cache, int count) {
    if (needed(cache, count) > pool.availablePages()) {
      return false;
    }
    try {
      cache.reserve(count);
      return true;
    } catch (PlatformException e) {
      return false;
    }
  }

  private static int needed(SequenceCache cache, int count) {
    int row = cache.length() % PagePool.PAGE_TOKENS;
    // A page that others use too is copied before it is written.
    boolean copied = row != 0 && cache.page(cache.length() / PagePool.PAGE_TOKENS).references() > 1;
    return Math.max(0, PagePool.pagesFor(cache.length() + count) - cache.pageCount()) + (copied ? 1 : 0);
  }

  /**
   * Whether a sequence that holds nothing yet could be evaluated to its present end beside the others, and all of them go on for
   * a page: to take it in only to pause it soon would be work for nothing.
   */
  boolean hasRoomFor(int[] tokens, int length, List<Sequence> others) {
    int free = pool.availablePages() + tree.evictablePages();
    for (Sequence other : others) {
      free -= Math.max(0, PagePool.pagesFor(other.length() + PagePool.PAGE_TOKENS) - other.cache.pageCount());
    }
    int wanted = PagePool.pagesFor(length + PagePool.PAGE_TOKENS) + 1;
    return wanted <= free || wanted - tree.sharedPages(tokens, length - 1) <= free;
  }
}
