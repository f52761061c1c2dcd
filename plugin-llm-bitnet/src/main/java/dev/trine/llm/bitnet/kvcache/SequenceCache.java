/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

import dev.trine.api.PlatformException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of one sequence: a table of pages. One thread at a time.
 *
 * <p>Evaluation first calls {@link #reserve}, writes into the pages, and then {@link #advance}; whoever manages sequences uses
 * the rest.
 */
public final class SequenceCache {

  private static final @Nullable Page[] NO_PAGES = {};
  private static final MemorySegment[] NO_MEMORY = {};

  private final PagePool pool;
  private final int capacity;
  private @Nullable Page[] pages = NO_PAGES;
  /** The memory of each page, for kernels; what is behind the last page is of no meaning. */
  private MemorySegment[] memory = NO_MEMORY;
  private int pageCount;
  private int length;

  /**
   * An empty cache, which holds no page yet.
   *
   * @param capacity largest number of positions
   */
  public SequenceCache(PagePool pool, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("a sequence has room for at least one token, not " + capacity);
    }
    this.pool = pool;
    this.capacity = capacity;
  }

  /** Where the pages come from. */
  public PagePool pool() {
    return pool;
  }

  /** The memory of each page, in the order of positions; entries behind {@link #pageCount} mean nothing. */
  public MemorySegment[] memory() {
    return memory;
  }

  /** Largest number of positions. */
  public int capacity() {
    return capacity;
  }

  /** Number of positions that hold keys and values of every layer. */
  public int length() {
    return length;
  }

  /** Number of pages in use, {@code length / PAGE_TOKENS} rounded up except between {@link #reserve} and {@link #advance}. */
  public int pageCount() {
    return pageCount;
  }

  /** A page by its number; whoever wants to keep it retains it. */
  public Page page(int index) {
    Page page = index >= 0 && index < pageCount ? pages[index] : null;
    if (page == null) {
      throw new IndexOutOfBoundsException("page " + index + " of " + pageCount);
    }
    return page;
  }

  /**
   * Forgets the positions from {@code newLength} on and gives back the pages that are not needed any more.
   *
   * @throws IllegalArgumentException when it is negative or over the present length
   */
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException("cannot cut " + length + " positions to " + newLength);
    }
    length = newLength;
    releasePages(PagePool.pagesFor(newLength));
  }

  /** Forgets everything and gives all pages back. */
  public void release() {
    truncate(0);
  }

  /**
   * Begins with pages of another sequence, or of one that is gone; they are retained. Writing into one of them copies it first, as long as it has
   * other users.
   *
   * @param shared    pages of the same pool
   * @param count     how many of them, {@code newLength / PAGE_TOKENS} rounded up
   * @param newLength positions they hold
   * @throws IllegalArgumentException when these do not fit together or the capacity
   * @throws IllegalStateException when the cache is not empty
   */
  public void adopt(Page[] shared, int count, int newLength) {
    if (length != 0 || pageCount != 0) {
      throw new IllegalStateException("only an empty cache adopts pages, this one has " + length + " positions");
    }
    if (newLength < 0 || newLength > capacity || count != PagePool.pagesFor(newLength) || count > shared.length) {
      throw new IllegalArgumentException(
          count + " of " + shared.length + " pages cannot hold " + newLength + " positions of " + capacity);
    }
    for (int i = 0; i < count; i++) {
      if (shared[i].pool() != pool) {
        throw new IllegalArgumentException("page " + i + " is of another pool");
      }
    }
    ensureTable(count);
    for (int i = 0; i < count; i++) {
      shared[i].retain();
      set(i, shared[i]);
      pageCount++;
    }
    length = newLength;
  }

  /**
   * Makes sure that the next positions can be written: takes pages for them, and replaces a last page with other users by a
   * copy. When that fails, nothing has changed.
   *
   * @param count how many positions
   * @throws IllegalArgumentException when they are over the capacity
   * @throws PlatformException        when there are no pages
   */
  public void reserve(int count) {
    if (count < 0 || count > capacity - length) {
      throw new IllegalArgumentException(
          "there is no room for " + count + " positions after " + length + " of " + capacity);
    }
    int needed = PagePool.pagesFor(length + count);
    ensureTable(needed);
    int held = pageCount;
    boolean done = false;
    try {
      while (pageCount < needed) {
        set(pageCount, pool.take(pageCount == 0 ? null : pages[pageCount - 1]));
        pageCount++;
      }
      if (count > 0) {
        makeWritable();
      }
      done = true;
    } finally {
      if (!done) {
        releasePages(held);
      }
    }
  }

  /** Only the page in which the sequence goes on can have other users; those after it are new. */
  private void makeWritable() {
    int index = length / PagePool.PAGE_TOKENS;
    Page page = page(index);
    if (page.references() > 1) {
      Page copy = pool.take(index == 0 ? null : pages[index - 1]);
      pool.copy(page, copy);
      set(index, copy);
      page.release();
    }
  }

  /**
   * Declares positions as written that were {@linkplain #reserve reserved}.
   *
   * @throws IllegalArgumentException when they were not
   */
  public void advance(int count) {
    if (count < 0 || length + count > pageCount * PagePool.PAGE_TOKENS) {
      throw new IllegalArgumentException(count + " positions after " + length + " have not been reserved");
    }
    length += count;
  }

  private void set(int index, Page page) {
    pages[index] = page;
    memory[index] = page.memory();
  }

  private void ensureTable(int needed) {
    if (needed > pages.length) {
      int size = Math.max(needed, 2 * pages.length);
      pages = Arrays.copyOf(pages, size);
      memory = Arrays.copyOf(memory, size);
      Arrays.fill(memory, pageCount, size, MemorySegment.NULL);
    }
  }

  private void releasePages(int kept) {
    while (pageCount > kept) {
      Page page = page(pageCount - 1);
      pageCount--;
      pages[pageCount] = null;
      memory[pageCount] = MemorySegment.NULL;
      page.release();
    }
  }
}
