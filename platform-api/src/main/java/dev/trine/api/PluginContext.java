/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** The host's services for one plugin. Every method may be called from any thread. */
public interface PluginContext {

  /** The plugin's own settings, {@code trine.plugins.<id>.*}. */
  PluginConfiguration configuration();

  /** A folder of the plugin's own for data that must be kept; it exists when this returns. */
  Path dataDirectory();

  /** A folder of the plugin's own for data that can be made again; it exists when this returns. */
  Path cacheDirectory();

  /** The {@link #cacheDirectory} when it is there; looking does not make it. */
  default Optional<Path> existingCacheDirectory() {
    return Optional.of(cacheDirectory());
  }

  /** The time; tests may set it. */
  InstantSource clock();

  /** The models on this machine, read only. */
  ModelStore models();

  /** How many cores the plugin may use. */
  WorkerBudget workers();

  /** Where the plugin reports the progress of long work. */
  EventSink events();
}
