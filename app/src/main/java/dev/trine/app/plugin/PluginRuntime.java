/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Capabilities;
import dev.trine.api.Capability;
import dev.trine.api.Health;
import dev.trine.api.Plugin;
import dev.trine.api.PluginDescriptor;
import dev.trine.api.SpiVersion;
import dev.trine.api.WorkerBudget;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import dev.trine.app.store.NearNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugins of this process. A plugin that is broken in any way that it can be broken is reported by name and reason and
 * left out; it never keeps the others from running.
 */
public final class PluginRuntime implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PluginRuntime.class);

  /** One plugin that runs. */
  private record Running(Plugin plugin, PluginDescriptor descriptor, String source, Capabilities capabilities,
      List<Route> routes, PluginSettings settings) {}

  private final PluginRuntimeOptions options;
  private final PluginDiscovery discovery;
  private final Map<String, Running> running = new LinkedHashMap<>();
  private final List<PluginReport> notRunning = new ArrayList<>();
  private final Map<String, String> sourceById = new LinkedHashMap<>();
  private boolean closed;

  private PluginRuntime(PluginRuntimeOptions options) {
    this.options = options;
    this.discovery = new PluginDiscovery(PluginRuntime.class.getClassLoader());
  }

  /** Finds and starts the plugins. Never fails because of one of them. */
  public static PluginRuntime start(PluginRuntimeOptions options) {
    return start(options, List.of());
  }

  /** The same, with plugins in front that the caller has constructed. */
  static PluginRuntime start(PluginRuntimeOptions options, List<Plugin> constructed) {
    var runtime = new PluginRuntime(options);
    constructed.forEach(plugin -> runtime.admit(new PluginCandidate.Found("constructed", plugin)));
    for (PluginCandidate candidate : runtime.discovery.discover(options.pluginFolders())) {
      switch (candidate) {
        case PluginCandidate.Broken broken -> runtime.fail(broken.name(), "", broken.source(), broken.reason());
        case PluginCandidate.Found found -> runtime.admit(found);
      }
    }
    return runtime;
  }

  private void admit(PluginCandidate.Found found) {
    PluginDescriptor descriptor;
    try {
      descriptor = Objects.requireNonNull(found.plugin().descriptor(), "descriptor() returned null");
    } catch (LinkageError | RuntimeException e) {
      fail(fileName(found.source()), "", found.source(), "descriptor() failed: " + Failures.describe(e));
      return;
    }
    String id = descriptor.id();
    String earlier = sourceById.putIfAbsent(id, found.source());
    if (earlier != null) {
      fail(id, descriptor.version(), found.source(), "the id '" + id + "' is taken: " + found.source()
          + " is left out, " + earlier + " was there first");
    } else if (options.without().contains(id)) {
      notRunning.add(new PluginReport(id, descriptor.version(), found.source(), PluginReport.State.DISABLED,
          "switched off", down("switched off"), List.of()));
    } else if (!SpiVersion.current().accepts(descriptor.spi())) {
      fail(id, descriptor.version(), found.source(), "was made for version " + descriptor.spi()
          + " of the SPI; this is version " + SpiVersion.current());
    } else {
      start(found, descriptor);
    }
  }

  private void start(PluginCandidate.Found found, PluginDescriptor descriptor) {
    var settings = new PluginSettings(descriptor.id(), options.settings());
    var context = new HostContext(descriptor.id(), settings, options.home(), options.models(),
        new WorkerBudget(options.threads()), options.events());
    try {
      var capabilities = Objects.requireNonNull(found.plugin().start(context), "start() returned null");
      List<Route> routes = capabilities.ofType(RouteContribution.class).stream()
          .flatMap(contribution -> contribution.routes().stream()).peek(RoutePaths::check).toList();
      running.put(descriptor.id(),
          new Running(found.plugin(), descriptor, found.source(), capabilities, routes, settings));
      LOG.info("plugin {} {} runs", descriptor.id(), descriptor.version());
    } catch (LinkageError | RuntimeException e) {
      LOG.debug("plugin {} failed to start", descriptor.id(), e);
      fail(descriptor.id(), descriptor.version(), found.source(), "failed to start: " + Failures.describe(e));
      close(found.plugin(), descriptor.id());
    }
  }

  private void fail(String name, String version, String source, String why) {
    String jar = fileName(source);
    String reason = jar.endsWith(".jar") && !jar.equals(name) ? jar + ": " + why : why;
    LOG.warn("plugin {} is left out: {}", name, reason);
    notRunning
        .add(new PluginReport(name, version, source, PluginReport.State.FAILED, reason, down(reason), List.of()));
  }

  private static Health down(String reason) {
    return new Health(Health.Status.DOWN, reason, Map.of());
  }

  private static String fileName(String source) {
    return source.substring(source.lastIndexOf('/', source.length() - 2) + 1);
  }

  /** Every plugin that was found, those that run first. */
  public synchronized List<PluginReport> reports() {
    var reports = new ArrayList<PluginReport>();
    for (Running one : running.values()) {
      reports.add(new PluginReport(one.descriptor.id(), one.descriptor.version(), one.source,
          PluginReport.State.RUNNING, "", health(one.plugin), one.settings.unknown()));
    }
    reports.addAll(notRunning);
    return reports;
  }

  private static Health health(Plugin plugin) {
    try {
      return Objects.requireNonNull(plugin.health(), "health() returned null");
    } catch (LinkageError | RuntimeException e) {
      return down("health() failed: " + Failures.describe(e));
    }
  }

  /** One line for each setting below {@code trine.plugins} that no plugin reads, and for each plugin switched off in vain. */
  public synchronized List<String> unknownSettings() {
    var lines = new ArrayList<String>();
    running.values().forEach(one -> lines.addAll(one.settings.unknown()));
    for (String id : configuredIds()) {
      if (!sourceById.containsKey(id)) {
        lines.add("settings " + PluginSettings.PREFIX + id + ".* are for a plugin that is not here" + nearest(id));
      }
    }
    for (String id : new TreeSet<>(options.without())) {
      if (!sourceById.containsKey(id)) {
        lines.add("the plugin '" + id + "' that is switched off is not here" + nearest(id));
      }
    }
    return lines;
  }

  private String nearest(String id) {
    return NearNames.of(id, sourceById.keySet()).stream().findFirst().map(near -> "; did you mean '" + near + "'?")
        .orElse("");
  }

  private Set<String> configuredIds() {
    var ids = new TreeSet<String>();
    for (String key : options.settings().keySet()) {
      if (key.startsWith(PluginSettings.PREFIX)) {
        String rest = key.substring(PluginSettings.PREFIX.length());
        ids.add(rest.contains(".") ? rest.substring(0, rest.indexOf('.')) : rest);
      }
    }
    return ids;
  }

  /** Capabilities of the running plugins, in the order in which they started. */
  public synchronized <T extends Capability> List<T> capabilities(Class<T> type) {
    return running.values().stream().flatMap(one -> one.capabilities.ofType(type).stream()).toList();
  }

  /** Routes of the running plugins, in the order in which they started. */
  public synchronized List<ProvidedRoute> routes() {
    return running.values().stream()
        .flatMap(one -> one.routes.stream().map(route -> new ProvidedRoute(one.descriptor.id(), route))).toList();
  }

  /** Closes the plugins, last started first. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List.copyOf(running.values()).reversed().forEach(one -> close(one.plugin, one.descriptor.id()));
    running.clear();
    discovery.close();
  }

  private static void close(Plugin plugin, String id) {
    try {
      plugin.close();
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("plugin {} failed to close: {}", id, Failures.describe(e));
    }
  }
}
