/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.KeyValueLayout;
import dev.trine.compute.kernel.KeyValueType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class PagePoolTest {

  private static final CacheShape SHAPE = new CacheShape(3, 2, 40);

  private static PagePool pool(KeyValueType type, int pages) {
    return new PagePool(SHAPE, type, pages * PagePool.pageBytes(SHAPE, type));
  }

  private static List<Page> takeInOrder(PagePool pool, int count) {
    var pages = new ArrayList<Page>();
    for (int i = 0; i < count; i++) {
      pages.add(pool.take(pages.isEmpty() ? null : pages.getLast()));
    }
    return pages;
  }

  /** Every byte that is a page's own: the keys and the values of all heads of all layers. */
  private static List<MemorySegment> own(PagePool pool, Page page) {
    KeyValueLayout layout = pool.layout();
    var parts = new ArrayList<MemorySegment>();
    for (int layer = 0; layer < SHAPE.layerCount(); layer++) {
      for (int head = 0; head < SHAPE.kvHeadCount(); head++) {
        long at = pool.offset(layer, head);
        parts.add(page.memory().asSlice(at, layout.strideBytes()));
        parts.add(page.memory().asSlice(at + layout.valuesAt(), layout.strideBytes()));
      }
    }
    return parts;
  }

  private static void fill(PagePool pool, Page page, int value) {
    own(pool, page).forEach(part -> part.fill((byte) value));
  }

  private static void assertHolds(PagePool pool, Page page, int value) {
    for (MemorySegment part : own(pool, page)) {
      for (byte b : part.toArray(ValueLayout.JAVA_BYTE)) {
        assertEquals(value, b);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32,1", "F16,7", "F16,8", "Q8,16", "F16,20", "Q8,9"})
  void pagesShareNoByteAndFillWhatTheyTake(KeyValueType type, int count) {
    try (PagePool pool = pool(type, count)) {
      List<Page> pages = takeInOrder(pool, count);
      assertEquals(count, pool.maxPages());
      long bytes = 0;
      for (int i = 0; i < count; i++) {
        fill(pool, pages.get(i), i + 1);
        bytes += own(pool, pages.get(i)).stream().mapToLong(MemorySegment::byteSize).sum();
      }
      for (int i = 0; i < count; i++) {
        assertHolds(pool, pages.get(i), i + 1);
      }
      assertEquals(count * PagePool.pageBytes(SHAPE, type), bytes);
      assertEquals(PagePool.pageBytes(SHAPE, type) / PagePool.PAGE_TOKENS, pool.bytesPerPosition());
      PlatformException full = assertThrows(PlatformException.class, () -> pool.take(null));
      assertEquals(StandardErrorCode.SERVER_BUSY, full.code());
    }
  }

  @Test
  void consecutivePagesOfASlabLieOneBehindTheOther() {
    try (PagePool pool = pool(KeyValueType.F16, 2 * PagePool.SLAB_PAGES)) {
      List<Page> pages = takeInOrder(pool, PagePool.SLAB_PAGES);
      for (int i = 1; i < PagePool.SLAB_PAGES; i++) {
        assertEquals(pages.getFirst().memory().address() + i * pool.layout().strideBytes(),
            pages.get(i).memory().address());
      }
    }
  }

  @Test
  void aSequenceGoesOnBehindItsLastPageWhereThatIsFree() {
    try (PagePool pool = pool(KeyValueType.F16, 2 * PagePool.SLAB_PAGES)) {
      List<Page> pages = takeInOrder(pool, 6);
      for (int i : new int[]{1, 3, 4}) {
        pages.get(i).release();
      }
      assertEquals(13, pool.availablePages());
      assertEquals(3, pool.take(pages.get(2)).number());
      assertEquals(1, pool.take(pages.get(5 - 3)).number(), "page 3 is taken again, so the first that is free");
      assertEquals(6, pool.take(pages.get(5)).number());
      assertEquals(4, pool.take(null).number());
    }
  }

  @Test
  void aNewSequenceBeginsASlabThatNobodyUsesIfThereIsOne() {
    try (PagePool pool = pool(KeyValueType.F16, 3 * PagePool.SLAB_PAGES)) {
      List<Page> pages = takeInOrder(pool, 2 * PagePool.SLAB_PAGES);
      pages.get(3).release();
      pages.subList(PagePool.SLAB_PAGES, 2 * PagePool.SLAB_PAGES).forEach(Page::release);
      Page first = pool.take(null);
      assertEquals(PagePool.SLAB_PAGES, first.number());
      assertEquals(PagePool.SLAB_PAGES + 1, pool.take(first).number());
      assertEquals(3, pool.take(null).number(), "no slab is free, and none is allocated while a page is");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void aCopyIsOfTheWholePageAndOfNothingElse(int slabPages) {
    try (PagePool pool = pool(KeyValueType.Q8, slabPages == 1 ? 11 : 16)) {
      assertEquals(slabPages, pool.layout().runBlocks());
      List<Page> pages = takeInOrder(pool, 11);
      for (int i = 0; i < pages.size(); i++) {
        fill(pool, pages.get(i), i);
      }
      pool.copy(pages.get(2), pages.get(9));
      for (int i = 0; i < pages.size(); i++) {
        assertHolds(pool, pages.get(i), i == 9 ? 2 : i);
      }
      assertNotEquals(pages.get(2).memory().address(), pages.get(9).memory().address());
    }
  }

  @Test
  void allocatesNoMoreThanItMay() {
    long page = PagePool.pageBytes(SHAPE, KeyValueType.F16);
    try (PagePool pool = new PagePool(SHAPE, KeyValueType.F16, 9 * page - 1)) {
      assertEquals(8, pool.maxPages());
      assertEquals(8, pool.availablePages());
    }
    assertThrows(IllegalArgumentException.class, () -> new PagePool(SHAPE, KeyValueType.F16, page - 1));
  }

  @Test
  void takesNoPageOnceItIsClosed() {
    PagePool pool = pool(KeyValueType.F32, 8);
    Page page = pool.take(null);
    pool.close();
    page.release();
    assertThrows(IllegalStateException.class, () -> pool.take(null));
  }
}
