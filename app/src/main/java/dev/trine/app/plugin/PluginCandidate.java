/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Plugin;

/** What discovery found at one place. */
sealed interface PluginCandidate {

  /** The jar or folder. */
  String source();

  /** A plugin that was constructed. */
  record Found(String source, Plugin plugin) implements PluginCandidate {}

  /** A place that should hold a plugin and does not hold one that works. */
  record Broken(String source, String name, String reason) implements PluginCandidate {}
}
