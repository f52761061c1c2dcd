/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.KeyValueLayout;
import dev.trine.compute.kernel.KeyValueType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory for keys and values of all sequences, in pages that are used again, and given back to the system when the pool is closed.
 * One thread at a time.
 *
 * <p>Memory is allocated on demand, for up to {@value #SLAB_PAGES} pages at a time, a slab: in it, what one head of one layer keeps for all
 * its pages lies in one run. A sequence that has consecutive pages is read in runs of tens of kilobytes then instead of pieces of a few,
 * which is more than twice as fast (docs/engine-internals.md). A prompt has consecutive pages, and so has what is written behind it as long as
 * no other sequence takes the page behind its last.
 */
public final class PagePool implements AutoCloseable {

  /** Positions in one page. */
  public static final int PAGE_TOKENS = KeyValueLayout.POSITIONS;

  /** Most pages of a slab. A pool whose number of pages is a multiple of it has such slabs, others have smaller ones. */
  public static final int SLAB_PAGES = 8;

  private static final long ALIGNMENT = 64;

  private final CacheShape shape;
  private final KeyValueLayout layout;
  private final int maxPages;
  /** All pages there are, by number. */
  private final List<Page> pages = new ArrayList<>();
  /** Numbers of those that nobody uses. */
  private final BitSet free = new BitSet();
  private final Arena arena = Arena.ofShared();
  private int used;
  private boolean closed;

  /**
   * An empty pool; nothing is allocated yet.
   *
   * @param maxBytes most memory to use; at least one page
   * @throws IllegalArgumentException when that is not enough for a page
   */
  public PagePool(CacheShape shape, KeyValueType type, long maxBytes) {
    this.shape = shape;
    long most = maxBytes / pageBytes(shape, type);
    if (most < 1) {
      throw new IllegalArgumentException(
          maxBytes + " bytes are not enough for a page of " + pageBytes(shape, type) + " bytes");
    }
    maxPages = (int) Math.min(most, Integer.MAX_VALUE);
    layout = new KeyValueLayout(type, shape.headDim(), slabPages(maxPages));
  }

  /** The most that leaves no slab half used. */
  private static int slabPages(int maxPages) {
    int pages = SLAB_PAGES;
    while (maxPages % pages != 0) {
      pages--;
    }
    return pages;
  }

  /** Size of one page. */
  public static long pageBytes(CacheShape shape, KeyValueType type) {
    return blocks(shape) * new KeyValueLayout(type, shape.headDim()).runBytes();
  }

  /** Blocks of keys and values in a page. */
  private static long blocks(CacheShape shape) {
    return (long) shape.layerCount() * shape.kvHeadCount();
  }

  /** Bytes that the keys and values of one position take in all layers. */
  public long bytesPerPosition() {
    return pageBytes(shape, layout.type()) / PAGE_TOKENS;
  }

  /** How many pages a number of tokens takes. */
  public static int pagesFor(int tokens) {
    return Math.ceilDiv(tokens, PAGE_TOKENS);
  }

  /** What the pages hold. */
  public CacheShape shape() {
    return shape;
  }

  /** Where a head's keys and values lie in a block. */
  public KeyValueLayout layout() {
    return layout;
  }

  /** Where the block of a layer's head begins in every page. */
  public long offset(int layer, int kvHead) {
    return ((long) layer * shape.kvHeadCount() + kvHead) * layout.runBytes();
  }

  /** Most pages there can be. */
  public int maxPages() {
    return maxPages;
  }

  /** How many more pages can be taken at this moment, if the system has the memory. */
  public int availablePages() {
    return maxPages - used;
  }

  /**
   * A page for one user, with arbitrary content.
   *
   * @param last the page behind which it should lie, if that is possible
   * @throws PlatformException {@code SERVER_BUSY} when all pages are used or the system has no memory
   * @throws IllegalStateException when the pool is closed
   */
  public Page take(@Nullable Page last) {
    if (closed) {
      throw new IllegalStateException("the pool of pages is closed");
    }
    if (used == maxPages) {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY,
          "the KV cache is full: all its " + maxPages + " pages of " + PAGE_TOKENS + " tokens are in use");
    }
    if (free.isEmpty()) {
      allocate();
    }
    int next = last == null ? -1 : last.number() + 1;
    int number = next >= 0 && free.get(next) ? next : beginningOfRun();
    free.clear(number);
    used++;
    Page page = pages.get(number);
    page.take();
    return page;
  }

  /** The first page of a slab that nobody uses, so that others can follow it; otherwise the first page that is free. */
  private int beginningOfRun() {
    int slabPages = layout.runBlocks();
    for (int first = free.nextSetBit(0); first >= 0; first = free.nextSetBit(first + 1)) {
      if (first % slabPages == 0 && free.nextClearBit(first) >= first + slabPages) {
        return first;
      }
    }
    return free.nextSetBit(0);
  }

  /** Makes the pages of another slab. */
  private void allocate() {
    long bytes = blocks(shape) * layout.runBytes();
    int slabPages = layout.runBlocks();
    MemorySegment slab;
    try {
      slab = arena.allocate(bytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY, "the KV cache has " + pages.size() + " of at most "
          + maxPages + " pages, and there is no memory for another " + slabPages + " of together " + bytes + " bytes",
          e);
    }
    long pageSpan = bytes - (slabPages - 1) * layout.strideBytes();
    for (int i = 0; i < slabPages; i++) {
      pages.add(new Page(this, pages.size(), slab.asSlice(i * layout.strideBytes(), pageSpan)));
    }
    free.set(pages.size() - slabPages, pages.size());
  }

  /** Copies all keys and values of a page. */
  void copy(Page from, Page to) {
    for (int layer = 0; layer < shape.layerCount(); layer++) {
      for (int kvHead = 0; kvHead < shape.kvHeadCount(); kvHead++) {
        long keys = offset(layer, kvHead);
        long values = keys + layout.valuesAt();
        MemorySegment.copy(from.memory(), keys, to.memory(), keys, layout.strideBytes());
        MemorySegment.copy(from.memory(), values, to.memory(), values, layout.strideBytes());
      }
    }
  }

  void giveBack(Page page) {
    if (!closed) {
      free.set(page.number());
      used--;
    }
  }

  /** Gives the memory back to the system. No page may be used any more; giving one back does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      pages.clear();
      free.clear();
      arena.close();
    }
  }
}
