/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.EventSink;
import dev.trine.api.ModelStore;
import dev.trine.api.PluginContext;
import dev.trine.api.WorkerBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A host's services for a plugin under test: folders below a temporary one, a clock that stands still, few threads. */
public final class TestPluginContext implements PluginContext {

  /** What the clock shows. */
  public static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final Path folder;
  private final Map<String, String> settings;
  private final TestPluginConfiguration configuration;
  private final List<ModelStore.Entry> models;
  private final WorkerBudget workers;

  private TestPluginContext(Path folder, Map<String, String> settings, List<ModelStore.Entry> models, int threads) {
    this.folder = folder;
    this.settings = settings;
    this.configuration = new TestPluginConfiguration(settings);
    this.models = models.stream().sorted(Comparator.comparing(ModelStore.Entry::id)).toList();
    this.workers = new WorkerBudget(threads);
  }

  /** A context without settings and models, with two threads. */
  public static TestPluginContext in(Path folder) {
    return new TestPluginContext(folder, Map.of(), List.of(), 2);
  }

  /** The same with these settings. */
  public TestPluginContext withSettings(Map<String, String> settings) {
    return new TestPluginContext(folder, settings, models, workers.threads());
  }

  /** The same with these models installed. */
  public TestPluginContext withModels(List<ModelStore.Entry> installed) {
    return new TestPluginContext(folder, settings, installed, workers.threads());
  }

  /** The same with so many threads. */
  public TestPluginContext withThreads(int threads) {
    return new TestPluginContext(folder, settings, models, threads);
  }

  @Override
  public TestPluginConfiguration configuration() {
    return configuration;
  }

  @Override
  public Path dataDirectory() {
    return existing("data");
  }

  @Override
  public Path cacheDirectory() {
    return existing("cache");
  }

  @Override
  public InstantSource clock() {
    return InstantSource.fixed(NOW);
  }

  @Override
  public ModelStore models() {
    return new ModelStore() {
      @Override
      public List<Entry> list() {
        return models;
      }

      @Override
      public Optional<Entry> find(String id) {
        return models.stream().filter(entry -> entry.id().equals(id)).findFirst();
      }
    };
  }

  @Override
  public WorkerBudget workers() {
    return workers;
  }

  @Override
  public EventSink events() {
    return (task, done, total) -> {};
  }

  private Path existing(String name) {
    try {
      return Files.createDirectories(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
