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
 * @param cacheMb   most memory for keys and values in MB; 0 for what all slots need for whole contexts, but no more than a quarter
 *                  of the machine's memory
 * @param head      how logits are computed
 * @param activations what layers that are not ternary are multiplied with
 */
record EngineSettings(int parallel, DraftMode drafts, KeyValueType cacheType, int cacheMb, HeadMode head,
    Activations activations) {

  private static final int MAX_CACHE_MB = 1 << 20;

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
   * The engine's options for a model.
   *
   * @throws PlatformException {@code INVALID_VALUE} when it is to run more requests than it can
   */
  EngineOptions options(LoadOptions load) {
    int slots = load.parallelSequences() == 0 ? parallel : load.parallelSequences();
    if (slots > EngineOptions.MAX_SLOTS) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "parallel",
          "parallel must be 1 to " + EngineOptions.MAX_SLOTS + ", got " + slots);
    }
    return new EngineOptions(slots, load.queueCapacity(), drafts);
  }

  /**
   * Memory for keys and values. In any case for a whole context and a page, so that every request that fits the context can be
   * finished.
   */
  PagePool newPagePool(CacheShape shape, int contextLength, int slots) {
    long context = (PagePool.pagesFor(contextLength) + 1) * PagePool.pageBytes(shape, cacheType);
    long wanted = cacheMb > 0
        ? cacheMb * 1_000_000L
        : Math.min(slots * context,
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() / 4);
    return new PagePool(shape, cacheType, Math.max(context, wanted));
  }
}
