/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Plugin;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.jar.JarFile;

/** Finds plugins with {@link ServiceLoader}, on the class path and in jars. */
final class PluginDiscovery implements AutoCloseable {

  private static final String SERVICE_FILE = "META-INF/services/" + Plugin.class.getName();

  /** A service file has a line for each provider; one that names more broken ones than this is not read further. */
  private static final int MAX_BROKEN_PROVIDERS = 16;

  private final ClassLoader host;
  private final SpiClassLoader spi;
  private final List<URLClassLoader> jarLoaders = new ArrayList<>();
  private final List<PluginCandidate> candidates = new ArrayList<>();

  PluginDiscovery(ClassLoader host) {
    this.host = host;
    this.spi = new SpiClassLoader(host);
  }

  /** Class path first, then the folders in their order, the jars of a folder by name. */
  List<PluginCandidate> discover(List<Path> folders) {
    load(host, "class path", "class path", false);
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        discoverFolder(folder);
      }
    }
    return List.copyOf(candidates);
  }

  private void discoverFolder(Path folder) {
    List<Path> jars;
    try (var entries = Files.list(folder)) {
      jars = entries.filter(path -> path.getFileName().toString().endsWith(".jar")).sorted().toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      candidates.add(new PluginCandidate.Broken(folder.toString(), folder.toString(), "cannot be listed: " + e));
      return;
    }
    jars.forEach(this::discoverJar);
  }

  private void discoverJar(Path jar) {
    String name = jar.getFileName().toString();
    if (!Files.isRegularFile(jar)) {
      // A pipe, say, would keep whoever opens it waiting for ever.
      candidates.add(new PluginCandidate.Broken(jar.toString(), name, "is not a readable jar: it is no regular file"));
      return;
    }
    try (var file = new JarFile(jar.toFile())) {
      if (file.getEntry(SERVICE_FILE) == null) {
        candidates.add(new PluginCandidate.Broken(jar.toString(), name, "names no plugin: it has no " + SERVICE_FILE));
        return;
      }
    } catch (IOException | SecurityException e) {
      candidates.add(new PluginCandidate.Broken(jar.toString(), name, "is not a readable jar: " + e.getMessage()));
      return;
    }
    try {
      var loader = new URLClassLoader("plugin:" + name, new URL[]{jar.toUri().toURL()}, spi);
      jarLoaders.add(loader);
      load(loader, jar.toString(), name, true);
    } catch (IOException e) {
      candidates.add(new PluginCandidate.Broken(jar.toString(), name, "cannot be opened: " + e.getMessage()));
    }
  }

  private void load(ClassLoader loader, String source, String name, boolean ownClassesOnly) {
    int before = candidates.size();
    int broken = 0;
    var providers = ServiceLoader.load(Plugin.class, loader).stream().iterator();
    while (broken < MAX_BROKEN_PROVIDERS) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        var provider = providers.next();
        if (!ownClassesOnly || provider.type().getClassLoader() == loader) {
          candidates.add(
              new PluginCandidate.Found(ownClassesOnly ? source : codeSource(provider.type(), source), provider.get()));
        }
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        broken++;
        candidates.add(new PluginCandidate.Broken(source, name, Failures.describe(e)));
      }
    }
    if (ownClassesOnly && candidates.size() == before) {
      candidates.add(new PluginCandidate.Broken(source, name, "names no plugin of its own in " + SERVICE_FILE));
    }
  }

  private static String codeSource(Class<?> type, String otherwise) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      return otherwise;
    }
    try {
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return source.getLocation().toString();
    }
  }

  @Override
  public void close() {
    for (URLClassLoader loader : jarLoaders) {
      try {
        loader.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("cannot close " + loader.getName(), e);
      }
    }
    jarLoaders.clear();
  }
}
