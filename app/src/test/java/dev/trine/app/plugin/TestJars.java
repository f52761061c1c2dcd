/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Plugin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NonNull;

/** Makes plugin jars from source, compiled against the platform API and nothing else. */
public final class TestJars {

  private static final String SERVICE_FILE = "META-INF/services/dev.trine.api.Plugin";

  private TestJars() {}

  /** Source of a plugin {@code third.<name>} whose {@code start} has this body, and that has these further members. */
  public static String plugin(String name, String id, String startBody, String members) {
    return """
        package third;
        import dev.trine.api.*;
        import dev.trine.api.http.*;
        import java.util.*;
        public final class %s implements Plugin {
          public PluginDescriptor descriptor() {
            return PluginDescriptor.of("%s", "1.2", SpiVersion.MAJOR, SpiVersion.MINOR, "third party");
          }
          public Capabilities start(PluginContext context) { %s }
          %s
        }
        """.formatted(name, id, startBody, members);
  }

  /** Compiles sources by class name. */
  public static Map<String, byte[]> compile(Map<String, String> sources) {
    try {
      Path folder = Files.createTempDirectory("jar");
      List<String> arguments = new ArrayList<>(
          List.of("-d", folder.toString(), "-proc:none", "-nowarn", "-cp", platformApi()));
      for (var source : sources.entrySet()) {
        Path file = folder.resolve(source.getKey() + ".java");
        Files.writeString(file, source.getValue());
        arguments.add(file.toString());
      }
      int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
      if (result != 0) {
        throw new IllegalArgumentException("does not compile: " + sources.values());
      }
      var classes = new LinkedHashMap<String, byte[]>();
      try (var files = Files.walk(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
          classes.put(folder.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
      return classes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String platformApi() {
    try {
      return Path.of(Plugin.class.getProtectionDomain().getCodeSource().getLocation().toURI()) + ":"
          + Path.of(NonNull.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a jar with entries and a service file that names these providers. */
  public static Path jar(Path jar, Map<String, byte[]> entries, String... providers) {
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (var entry : entries.entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
      }
      if (providers.length > 0) {
        out.putNextEntry(new JarEntry(SERVICE_FILE));
        out.write(String.join("\n", providers).getBytes(StandardCharsets.UTF_8));
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A jar with one plugin compiled from source. */
  public static Path pluginJar(Path jar, String name, String source) {
    return jar(jar, compile(Map.of(name, source)), "third." + name);
  }
}
