/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LoadOptions;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.Activations;
import dev.trine.llm.bitnet.model.HeadMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EngineSettingsTest {

  private static final CacheShape SHAPE = new CacheShape(30, 5, 128);
  private static final long PAGE = PagePool.pageBytes(SHAPE, KeyValueType.F16);
  private static final long GIGABYTE = 1_000_000_000L;

  /** Pages that fit, down to a multiple of those that are allocated together. */
  private static long wholeSlabs(long bytes) {
    return bytes / PAGE / PagePool.SLAB_PAGES * PagePool.SLAB_PAGES;
  }

  @Test
  void keepsWholeContextsForAllSlotsWhereMemoryIsPlenty() {
    var plan = EngineSettings.defaults().cachePlan(SHAPE, 4096, 8, 64 * GIGABYTE);
    assertEquals(new EngineSettings.CachePlan(KeyValueType.F16, 8 * 136, 8 * 136, 4096), plan);
  }

  @Test
  void takesAQuarterOfTheMemory() {
    var plan = EngineSettings.defaults().cachePlan(SHAPE, 4096, 8, 4 * GIGABYTE);
    assertEquals(wholeSlabs(GIGABYTE), plan.pages());
    assertEquals(4096, plan.contextLength());
  }

  @Test
  void aSingleRequestMayTakeMoreThanWhatIsKept() {
    var plan = EngineSettings.defaults().cachePlan(SHAPE, 4096, 8, GIGABYTE);
    assertEquals(136, plan.pages());
    assertEquals(GIGABYTE / 4 / PAGE, plan.keptPages());
    assertTrue(plan.keptPages() < plan.pages());
    assertEquals(4096, plan.contextLength());
  }

  private static EngineSettings withCache(int megabytes) {
    return new EngineSettings(8, DraftMode.AUTO, KeyValueType.F16, megabytes, HeadMode.AUTO, Activations.INT8);
  }

  @Test
  void whatTheUserGivesToTheCacheIsALimit() {
    var plan = withCache(100).cachePlan(SHAPE, 4096, 8, 64 * GIGABYTE);
    assertEquals(100_000_000 / PAGE, plan.pages());
    assertEquals(plan.pages(), plan.keptPages());
    assertEquals((plan.pages() - 1) * PagePool.PAGE_TOKENS, plan.contextLength());
    assertTrue(plan.contextLength() < 4096);
    var larger = withCache(3000).cachePlan(SHAPE, 4096, 8, 4 * GIGABYTE);
    assertEquals(wholeSlabs(3 * GIGABYTE), larger.pages());
    assertEquals(4096, larger.contextLength());
  }

  @ParameterizedTest
  @CsvSource({"128, 128, 4064", "129, 129, 4096", "131, 131, 4096", "135, 135, 4096", "136, 136, 4096",
      "143, 136, 4096",
      "15, 15, 448", "9, 9, 256", "70, 64, 2016"})
  void cutsNoContextThatFitsForTheSakeOfWholeSlabs(int pages, int used, int contextLength) {
    int megabytes = (int) Math.ceilDiv(pages * PAGE, 1_000_000);
    assertEquals(pages, megabytes * 1_000_000L / PAGE, "pages that the limit has room for");
    var plan = withCache(megabytes).cachePlan(SHAPE, 4096, 8, 64 * GIGABYTE);
    assertEquals(used, plan.pages());
    assertEquals(contextLength, plan.contextLength());
  }

  @Test
  void refusesACacheThatHoldsNoContextAtAll() {
    var e = assertThrows(PlatformException.class, () -> withCache(1).cachePlan(SHAPE, 4096, 8, 64 * GIGABYTE));
    assertEquals(StandardErrorCode.INVALID_CONFIGURATION, e.code());
    long least = Math.ceilDiv(2 * PAGE, 1_000_000L);
    assertEquals("kv-cache-mb is 1, and this model needs at least " + least + " for keys and values of 32 tokens",
        e.getMessage());
    assertEquals(32, withCache((int) least).cachePlan(SHAPE, 4096, 8, 64 * GIGABYTE).contextLength());
  }

  @Test
  void cutsAContextThatNoMemoryHolds() {
    var plan = EngineSettings.defaults().cachePlan(SHAPE, 131_072, 8, 4 * GIGABYTE);
    assertEquals(wholeSlabs(3 * GIGABYTE), plan.pages());
    assertEquals((plan.pages() - 1) * PagePool.PAGE_TOKENS, plan.contextLength());
    assertTrue(plan.keptPages() < plan.pages());
  }

  @Test
  void aLoadedModelMayRunAnotherNumberOfRequests() {
    var settings = EngineSettings.defaults();
    assertEquals(8, settings.slots(LoadOptions.defaults()));
    assertEquals(3, settings.slots(LoadOptions.defaults().withParallelSequences(3)));
    var e = assertThrows(PlatformException.class,
        () -> settings.slots(LoadOptions.defaults().withParallelSequences(65)));
    assertEquals(StandardErrorCode.INVALID_VALUE, e.code());
    assertEquals("parallel", e.parameter().orElseThrow());
  }
}
