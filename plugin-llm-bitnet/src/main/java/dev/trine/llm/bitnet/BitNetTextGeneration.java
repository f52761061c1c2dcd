/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.EventSink;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.TextGeneration;
import dev.trine.compute.kernel.Kernels;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.llm.bitnet.schedule.EngineStatus;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Opens model files with one choice of kernels. */
final class BitNetTextGeneration implements TextGeneration {

  private final Supplier<Kernels> kernels;
  private final PackedWeightCache cache;
  private final int threads;
  private final EngineSettings settings;
  private final EventSink events;
  private final List<LoadedModel> open = new CopyOnWriteArrayList<>();

  /** @param kernels asked for whenever a model is opened, and never before */
  BitNetTextGeneration(Supplier<Kernels> kernels, PackedWeightCache cache, int threads, EngineSettings settings,
      EventSink events) {
    this.kernels = kernels;
    this.cache = cache;
    this.threads = threads;
    this.settings = settings;
    this.events = events;
  }

  /** What the engine of each open model is doing. */
  List<EngineStatus> engines() {
    return open.stream().map(LoadedModel::status).toList();
  }

  @Override
  public boolean recognises(Path path) {
    return Checkpoints.recognises(path);
  }

  @Override
  public ModelDescription describe(Path path) {
    try (Arena arena = Arena.ofShared()) {
      return Checkpoints.open(path, arena).description();
    }
  }

  @Override
  public LanguageModel open(Path path, LoadOptions options) {
    String task = "Loading " + path.getFileName();
    var model = LoadedModel.open(path, cache, kernels.get(), threads, options, settings,
        (done, total) -> events.progress(task, done, total));
    open.add(model);
    model.onClose(() -> open.remove(model));
    return model;
  }
}
