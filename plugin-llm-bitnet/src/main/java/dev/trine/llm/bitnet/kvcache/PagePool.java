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
import java.util.ArrayList;
import java.util.List;

/**
 * The memory for keys and values of all sequences, in pages that are allocated on demand, used again, and given back to the
 * system when the pool is closed. One thread at a time.
 */
public final class PagePool implements AutoCloseable {

  /** Positions in one page. */
  public static final int PAGE_TOKENS = KeyValueLayout.POSITIONS;

  private static final long ALIGNMENT = 64;

  private final CacheShape shape;
  private final KeyValueLayout layout;
  private final int maxPages;
  /** Pages that nobody uses. */
  private final List<Page> free = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private int allocated;
  private boolean closed;

  /**
   * An empty pool; nothing is allocated yet.
   *
   * @param maxBytes most memory to use; at least one page
   * @throws IllegalArgumentException when that is not enough for a page
   */
  public PagePool(CacheShape shape, KeyValueType type, long maxBytes) {
    this.shape = shape;
    this.layout = new KeyValueLayout(type, shape.headDim());
    long pages = maxBytes / pageBytes(shape, type);
    if (pages < 1) {
      throw new IllegalArgumentException(
          maxBytes + " bytes are not enough for a page of " + pageBytes(shape, type) + " bytes");
    }
    maxPages = (int) Math.min(pages, Integer.MAX_VALUE);
  }

  /** Size of one page. */
  public static long pageBytes(CacheShape shape, KeyValueType type) {
    return new KeyValueLayout(type, shape.headDim()).blockBytes() * shape.layerCount() * shape.kvHeadCount();
  }

  /** Bytes that the keys and values of one position take in all layers. */
  public long bytesPerPosition() {
    return layout.blockBytes() * shape.layerCount() * shape.kvHeadCount() / PAGE_TOKENS;
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
    return ((long) layer * shape.kvHeadCount() + kvHead) * layout.blockBytes();
  }

  /** Most pages there can be. */
  public int maxPages() {
    return maxPages;
  }

  /** How many more pages can be taken at this moment, if the system has the memory. */
  public int availablePages() {
    return maxPages - allocated + free.size();
  }

  /**
   * A page for one user, with arbitrary content.
   *
   * @throws PlatformException {@code SERVER_BUSY} when all pages are used or the system has no memory
   * @throws IllegalStateException when the pool is closed
   */
  public Page take() {
    if (closed) {
      throw new IllegalStateException("the pool of pages is closed");
    }
    Page page;
    if (!free.isEmpty()) {
      page = free.removeLast();
    } else if (allocated < maxPages) {
      page = allocate();
      allocated++;
    } else {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY,
          "the KV cache is full: all its " + maxPages + " pages of " + PAGE_TOKENS + " tokens are in use");
    }
    page.take();
    return page;
  }

  private Page allocate() {
    long bytes = pageBytes(shape, layout.type());
    try {
      return new Page(this, arena.allocate(bytes, ALIGNMENT));
    } catch (OutOfMemoryError e) {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY, "the KV cache has " + allocated + " of at most "
          + maxPages + " pages, and there is no memory for another of " + bytes + " bytes", e);
    }
  }

  void giveBack(Page page) {
    if (!closed) {
      free.add(page);
    }
  }

  /** Gives the memory back to the system. No page may be used any more; giving one back does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      free.clear();
      arena.close();
    }
  }
}
