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
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Opens model files with one choice of kernels. */
final class BitNetTextGeneration implements TextGeneration {

  private final Kernels kernels;
  private final PackedWeightCache cache;
  private final int threads;
  private final EventSink events;

  BitNetTextGeneration(Kernels kernels, PackedWeightCache cache, int threads, EventSink events) {
    this.kernels = kernels;
    this.cache = cache;
    this.threads = threads;
    this.events = events;
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
    return LoadedModel.open(path, cache, kernels, threads, options,
        (done, total) -> events.progress(task, done, total));
  }
}
