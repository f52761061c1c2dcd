/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.Capabilities;
import dev.trine.api.Health;
import dev.trine.api.PlatformException;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.PluginDescriptor;
import dev.trine.api.SpiVersion;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.llm.bitnet.schedule.EngineStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Text generation with ternary and plain language models.
 *
 * <p>Settings: {@code kernel} (auto, scalar or vector; auto) chooses the kernels; {@code layout} (auto, lut4 or trit5; auto)
 * how ternary weights lie in memory. With auto, a second or two of measurement when the first model is opened decides; it is
 * remembered in the cache folder. {@code weight-cache} (auto or off; auto) says whether weights that were packed for the kernels are
 * kept in a file for the next start. {@code head} (auto or exact; auto) says whether the largest logits may be found by a coarse copy
 * of the head first. {@code parallel} (1 to 64; 8) is how many requests run at one time where a model is loaded
 * without saying so. {@code drafts} (auto, on or off; auto) says whether tokens are guessed and evaluated ahead.
 * {@code kv-cache-type} (f32, f16 or q8; f16) and {@code kv-cache-mb} (MB; 0, as the memory allows) say how keys and values are
 * stored and how much memory they may take. {@code activations} (int8 or float; int8) says whether activations
 * are rounded to 8 bits for the types of weights that this is much faster for, PQ2_0; ternary layers of BitNet models always
 * round them.
 */
public final class BitNetPlugin implements Plugin {

  private static final Logger log = LoggerFactory.getLogger(BitNetPlugin.class);

  /** Whether packed weights are kept. */
  private enum WeightCache {
    /** Beside the model, or else in the plugin's folder for caches. */
    AUTO,
    /** Not at all: they are packed at each start. */
    OFF
  }

  private volatile @Nullable KernelChoice choice;
  private volatile @Nullable Supplier<KernelChoice> recall;
  private volatile @Nullable BitNetTextGeneration textGeneration;
  /** Whether {@link #choice} is final; guarded by this. */
  private boolean tuned;

  /** Made by {@link java.util.ServiceLoader}. */
  public BitNetPlugin() {}

  @Override
  public PluginDescriptor descriptor() {
    return PluginDescriptor.of("llm-bitnet", version(), SpiVersion.MAJOR, SpiVersion.MINOR,
        "Text generation with ternary (BitNet b1.58) and plain language models");
  }

  /** Of this build, which writes it into the file. */
  private static String version() {
    try (InputStream in = BitNetPlugin.class.getResourceAsStream("version.properties")) {
      if (in == null) {
        throw new IllegalStateException("version.properties is missing from this build of the plugin");
      }
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Capabilities start(PluginContext context) {
    var layout = context.configuration().choice("layout", KernelChoice.Layout.AUTO);
    var preferred = KernelChoice.choose(context.configuration().choice("kernel", KernelChoice.Preference.AUTO));
    // What was measured is looked up when a model is opened or somebody asks: a plugin that is only started leaves no folders.
    var chosen = layout == KernelChoice.Layout.AUTO
        ? preferred
        : preferred.recall(layout, context.existingCacheDirectory());
    recall = () -> chosen.recall(layout, context.existingCacheDirectory());
    choice = chosen;
    if (chosen.degraded()) {
      log.warn("Kernels: {} ({})", chosen.kernels().name(), chosen.reason());
    } else {
      log.info("Kernels: {} ({})", chosen.kernels().name(), chosen.reason());
    }
    PackedWeightCache cache = switch (context.configuration().choice("weight-cache", WeightCache.AUTO)) {
      case AUTO -> PackedWeightCache.keeping(context::cacheDirectory);
      case OFF -> PackedWeightCache.off();
    };
    int wanted = context.workers().threads();
    int threads = WorkerTeam.usable(wanted);
    if (threads < wanted) {
      log.warn("Computing on {} threads instead of {}: this process may use no more processors", threads, wanted);
    }
    var generation = new BitNetTextGeneration(() -> measuredKernels(chosen, layout, context::cacheDirectory), cache,
        threads,
        EngineSettings.of(context.configuration()), context.events());
    textGeneration = generation;
    return Capabilities.of(generation);
  }

  /** The kernels of a model, measured before the first one is opened. */
  private synchronized Kernels measuredKernels(KernelChoice chosen, KernelChoice.Layout layout,
      Supplier<Path> cacheDirectory) {
    KernelChoice current = choice;
    if (!tuned || current == null) {
      current = chosen.measured() ? chosen : measure(chosen, layout, cacheDirectory);
      choice = current;
      tuned = true;
    }
    return current.kernels();
  }

  private static KernelChoice measure(KernelChoice chosen, KernelChoice.Layout layout, Supplier<Path> cacheDirectory) {
    Optional<Path> folder = Optional.empty();
    String obstacle = "";
    try {
      folder = Optional.of(cacheDirectory.get());
    } catch (PlatformException e) {
      obstacle = String.valueOf(e.getMessage());
    }
    KernelChoice measured = chosen.measure(layout, folder);
    if (measured.measured()) {
      log.info("Kernels: {} ({})", measured.kernels().name(), measured.reason());
      if (folder.isEmpty()) {
        log.warn("The next start measures the kernels again, for a second or two: {}", obstacle);
      }
    }
    return measured;
  }

  @Override
  public Health health() {
    KernelChoice chosen = knownChoice();
    if (chosen == null) {
      return new Health(Health.Status.DOWN, "not started", Map.of());
    }
    var details = new LinkedHashMap<String, String>();
    details.put("kernel", chosen.kernels().name());
    details.put("layout", chosen.kernels().ternary().layout().name());
    details.put("kernel reason", chosen.reason());
    BitNetTextGeneration generation = textGeneration;
    if (generation != null) {
      generation.engines().forEach(engine -> describe(engine, details));
    }
    return new Health(chosen.degraded() ? Health.Status.DEGRADED : Health.Status.UP, "running", details);
  }

  /** The choice with what earlier starts have measured; null before the start. */
  private synchronized @Nullable KernelChoice knownChoice() {
    Supplier<KernelChoice> look = recall;
    if (!tuned && look != null) {
      choice = look.get();
      recall = null;
    }
    return choice;
  }

  /** With several models, one after the other. */
  private static void describe(EngineStatus engine, Map<String, String> details) {
    details.merge("slots", engine.running() + " of " + engine.slots() + " in use, " + engine.waiting() + " waiting",
        BitNetPlugin::join);
    details.merge("kv cache",
        String.format(Locale.ROOT, "%d of %d pages of %d kB in use, %d of them kept for prompts that begin alike",
            engine.usedPages(), engine.pages(), engine.pageBytes() / 1000, engine.cachedPages()),
        BitNetPlugin::join);
    if (engine.draftTokens() > 0) {
      details.merge("drafts", engine.acceptedDrafts() + " of " + engine.draftTokens() + " accepted",
          BitNetPlugin::join);
    }
  }

  private static String join(String one, String other) {
    return one + "; " + other;
  }
}
