/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.EventSink;
import dev.trine.api.llm.TextGeneration;
import dev.trine.app.plugin.PluginReport;
import dev.trine.app.plugin.PluginRuntime;
import dev.trine.app.plugin.PluginRuntimeOptions;
import dev.trine.app.store.LocalModelStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** The plugins, started, and the models that they can open. */
final class StartedPlugins implements AutoCloseable {

  private static final String SETTING_PREFIX = "trine.";

  private final PluginRuntime plugins;
  private final LocalModelStore store;
  private final ModelOpener models;

  private StartedPlugins(PluginRuntime plugins, LocalModelStore store) {
    this.plugins = plugins;
    this.store = store;
    this.models = new ModelOpener(plugins.capabilities(TextGeneration.class), store, plugins.reports().stream()
        .filter(report -> report.state() == PluginReport.State.FAILED)
        .map(report -> report.name() + ": " + report.reason()).toList());
  }

  /** Starts the plugins, and warns of settings and names that mean nothing to them. */
  static StartedPlugins start(Console console, EngineFlags flags, EventSink events) {
    var store = LocalModelStore.of(console.environment(), console.userHome(), console.distribution());
    var folders = new ArrayList<Path>();
    folders.add(store.home().plugins());
    folders.addAll(flags.pluginFolders());
    var settings = new LinkedHashMap<String, String>();
    flags.settings()
        .forEach((key, value) -> settings.put(key.startsWith(SETTING_PREFIX) ? key : SETTING_PREFIX + key, value));
    var plugins = PluginRuntime.start(new PluginRuntimeOptions(folders, flags.without(), store.home().root(),
        flags.threads(), Map.copyOf(settings), store, events));
    flags.threadsNotice().ifPresent(line -> console.sayln("trine: " + line));
    plugins.unknownSettings().forEach(line -> console.sayln("trine: " + line));
    return new StartedPlugins(plugins, store);
  }

  PluginRuntime plugins() {
    return plugins;
  }

  LocalModelStore store() {
    return store;
  }

  ModelOpener models() {
    return models;
  }

  @Override
  public void close() {
    plugins.close();
  }
}
