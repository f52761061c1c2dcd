/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.EventSink;
import dev.trine.api.ModelStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the plugin runtime works with.
 *
 * @param pluginFolders folders whose jars are plugins; folders that do not exist are skipped
 * @param without       ids of plugins that are not started
 * @param home          the data directory, below which plugins get folders of their own
 * @param threads       cores that a plugin may keep busy, at least 1
 * @param settings      all settings; a plugin sees those named {@code trine.plugins.<its id>.*}
 * @param models        the models on this machine
 * @param events        where plugins report progress
 */
public record PluginRuntimeOptions(List<Path> pluginFolders, Set<String> without, Path home, int threads,
    Map<String, String> settings, ModelStore models, EventSink events) {

  public PluginRuntimeOptions {
    pluginFolders = List.copyOf(pluginFolders);
    without = Set.copyOf(without);
    settings = Map.copyOf(settings);
  }
}
