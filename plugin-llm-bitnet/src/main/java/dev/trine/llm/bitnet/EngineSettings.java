/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import com.sun.management.OperatingSystemMXBean;
import dev.trine.api.PlatformException;
import dev.trine.api.PluginConfiguration;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LoadOptions;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.Activations;
import dev.trine.llm.bitnet.model.HeadMode;
import dev.trine.llm.bitnet.schedule.EngineOptions;
import java.lang.management.ManagementFactory;

/**
 * What users say about how requests share the engine.
 *
 * @param parallel  how many requests run at one time where a model is loaded without saying so, 1 to
 *                  {@link EngineOptions#MAX_SLOTS}
 * @param drafts    whether tokens are evaluated ahead where a request does not say
 * @param cacheType how keys and values are stored
 * @param cacheMb   most memory for keys and values in MB, of running requests and of texts that are kept for later; 0 for what
 *                  all slots need for whole contexts, but no more than a quarter of the machine's memory
 * @param head      how logits are computed
 * @param activations what layers that are not ternary are multiplied with
 */
record EngineSettings(int parallel, DraftMode drafts, KeyValueType cacheType, int cacheMb, HeadMode head,
    Activations activations) {

  /** A pool of so many slabs or more loses little when it is cut down to whole ones. */
  private static final int MANY_SLABS = 8;

  private static final int MAX_CACHE_MB = 1 << 20;
  private static final long BYTES_PER_MB = 1_000_000;
  /** The smallest context has a page, and another to copy it into. */
  private static final long SMALLEST_PAGES = 2;

  /** What counts when users say nothing. */
  static EngineSettings defaults() {
    return new EngineSettings(EngineOptions.DEFAULT_SLOTS, DraftMode.AUTO, KeyValueType.F16, 0, HeadMode.AUTO,
        Activations.INT8);
  }

  /** @throws PlatformException {@code INVALID_CONFIGURATION} naming the setting that is out of range */
  static EngineSettings of(PluginConfiguration configuration) {
    EngineSettings defaults = defaults();
    return new EngineSettings(
        (int) configuration.integer("parallel", defaults.parallel, 1, EngineOptions.MAX_SLOTS),
        configuration.choice("drafts", defaults.drafts), configuration.choice("kv-cache-type", defaults.cacheType),
        (int) configuration.integer("kv-cache-mb", defaults.cacheMb, 0, MAX_CACHE_MB),
        configuration.choice("head", defaults.head),
        configuration.choice("activations", defaults.activations));
  }

  /**
   * How many requests a model is to run at one time.
   *
   * @throws PlatformException {@code INVALID_VALUE} when these are more than can be
   */
  int slots(LoadOptions load) {
    int slots = load.parallelSequences() == 0 ? parallel : load.parallelSequences();
    if (slots > EngineOptions.MAX_SLOTS) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "parallel",
          "parallel must be 1 to " + EngineOptions.MAX_SLOTS + ", got " + slots);
    }
    return slots;
  }

  /**
   * How keys and values of a model are kept. Contexts that do not fit into {@link #cacheMb} are cut. Where that is 0, a single
   * request may take more than is kept, if need be three quarters of the machine's memory; contexts that do not fit into that are
   * cut.
   *
   * @throws PlatformException {@code INVALID_CONFIGURATION} when {@link #cacheMb} does not hold the smallest context
   */
  CachePlan cachePlan(CacheShape shape, int contextLength, int slots) {
    long memory = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    return cachePlan(shape, contextLength, slots, memory);
  }

  CachePlan cachePlan(CacheShape shape, int contextLength, int slots, long memoryBytes) {
    long pageBytes = PagePool.pageBytes(shape, cacheType);
    // One more than a context takes: a page that others use too is copied before it is written. In whole slabs of pages.
    long leastPages = PagePool.pagesFor(contextLength) + 1L;
    long contextPages = Math.ceilDiv(leastPages, PagePool.SLAB_PAGES) * PagePool.SLAB_PAGES;
    long kept;
    long most;
    if (cacheMb > 0) {
      kept = cacheMb * BYTES_PER_MB / pageBytes;
      most = kept;
      if (most < SMALLEST_PAGES) {
        throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION,
            "kv-cache-mb is " + cacheMb + ", and this model needs at least "
                + Math.ceilDiv(SMALLEST_PAGES * pageBytes, BYTES_PER_MB) + " for keys and values of "
                + PagePool.PAGE_TOKENS + " tokens");
      }
    } else {
      kept = Math.min(slots * contextPages, memoryBytes / 4 / pageBytes);
      most = Math.max(SMALLEST_PAGES, Math.max(kept, Math.min(contextPages, memoryBytes / 4 * 3 / pageBytes)));
    }
    int pages = (int) Math.min(most, Integer.MAX_VALUE / PagePool.PAGE_TOKENS);
    int whole = pages - pages % PagePool.SLAB_PAGES;
    if (whole >= leastPages || (pages < leastPages && pages >= MANY_SLABS * PagePool.SLAB_PAGES)) {
      pages = whole;
    }
    return new CachePlan(cacheType, pages, (int) Math.min(kept, pages),
        Math.min(contextLength, (pages - 1) * PagePool.PAGE_TOKENS));
  }

  /**
   * How keys and values of a model are kept.
   *
   * @param pages         most pages
   * @param keptPages     most pages in use while texts are kept for later
   * @param contextLength most tokens of a request
   */
  record CachePlan(KeyValueType type, int pages, int keptPages, int contextLength) {

    PagePool newPool(CacheShape shape) {
      return new PagePool(shape, type, pages * PagePool.pageBytes(shape, type));
    }
  }
}
