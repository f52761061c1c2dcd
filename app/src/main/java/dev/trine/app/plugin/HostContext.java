/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.EventSink;
import dev.trine.api.ModelStore;
import dev.trine.api.PlatformException;
import dev.trine.api.PluginConfiguration;
import dev.trine.api.PluginContext;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.WorkerBudget;
import dev.trine.app.store.TrineHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** The host's services for one plugin. */
record HostContext(String pluginId, PluginConfiguration configuration, Path home, ModelStore models,
    WorkerBudget workers, EventSink events) implements PluginContext {

  @Override
  public Path dataDirectory() {
    return folder("plugin-data");
  }

  @Override
  public Path cacheDirectory() {
    return folder("cache");
  }

  @Override
  public Optional<Path> existingCacheDirectory() {
    return Optional.of(home.resolve("cache").resolve(pluginId)).filter(Files::isDirectory);
  }

  @Override
  public InstantSource clock() {
    return InstantSource.system();
  }

  private Path folder(String kind) {
    Path folder = home.resolve(kind).resolve(pluginId);
    try {
      new TrineHome(home).create();
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION,
          "cannot make the folder " + folder + " for the plugin " + pluginId + ": " + e, e);
    }
  }
}
