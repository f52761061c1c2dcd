/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Capabilities;
import dev.trine.api.Plugin;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The example plugin, compiled from its sources against the platform API alone. */
final class HelloExample {

  private static final Path FOLDER = Path.of("..", "examples", "hello-plugin", "src", "main");
  private static final Path CLASSES = Path.of("target", "hello-plugin");
  private static final Class<? extends Plugin> PLUGIN_CLASS = load();

  private HelloExample() {}

  static List<Path> sources() {
    try (Stream<Path> files = Files.walk(FOLDER.resolve("java"))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Class<? extends Plugin> pluginClass() {
    return PLUGIN_CLASS;
  }

  static Capabilities start(Path folder) {
    try {
      return PLUGIN_CLASS.getConstructor().newInstance().start(TestPluginContext.in(folder));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the example cannot be constructed", e);
    }
  }

  private static Class<? extends Plugin> load() {
    compile();
    try {
      var resources = FOLDER.resolve("resources").toUri().toURL();
      var loader = new URLClassLoader(new URL[]{CLASSES.toUri().toURL(), resources}, Plugin.class.getClassLoader());
      return ServiceLoader.load(Plugin.class, loader).stream().map(ServiceLoader.Provider::type)
          .filter(type -> type.getClassLoader() == loader).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void compile() {
    var compiler = ToolProvider.getSystemJavaCompiler();
    assertNotNull(compiler, "these tests need a JDK");
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var api = Path.of(Plugin.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      var options = List.of("--release", "25", "-proc:none", "-Xlint:all,-classfile", "-Werror", "-cp", api.toString(),
          "-d", Files.createDirectories(CLASSES).toString());
      var messages = new StringWriter();
      var task = compiler.getTask(messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources()));
      assertTrue(task.call(), () -> "the example does not compile against the platform API alone:\n" + messages);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
