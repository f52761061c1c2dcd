/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.ModelStore;
import dev.trine.api.Plugin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plugin runtimes for tests. */
public final class PluginRuntimes {

  private PluginRuntimes() {}

  /** A runtime with plugins that the test has constructed, and the jars of one folder. */
  public static PluginRuntime start(Path folder, Plugin... constructed) {
    return PluginRuntime.start(options(folder, Map.of(), Set.of()), List.of(constructed));
  }

  static PluginRuntimeOptions options(Path folder, Map<String, String> settings, Set<String> without) {
    return new PluginRuntimeOptions(List.of(folder), without, folder.resolve("home"), 1, settings, new NoModels(),
        (task, done, total) -> {});
  }

  private record NoModels() implements ModelStore {
    @Override
    public List<Entry> list() {
      return List.of();
    }

    @Override
    public Optional<Entry> find(String id) {
      return Optional.empty();
    }
  }
}
