/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;

/** Builds a plugin jar with models that echo what they are told. */
final class EchoPluginJar {

  private EchoPluginJar() {}

  /** Puts {@code echo.jar} into {@code folder}, which it makes. */
  static void build(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path work = Files.createTempDirectory("echo-plugin");
    Path source = work.resolve("EchoPlugin.java");
    try (InputStream text = EchoPluginJar.class.getResourceAsStream("EchoPlugin.java.txt")) {
      if (text == null) {
        throw new IllegalStateException("EchoPlugin.java.txt is missing");
      }
      Files.write(source, text.readAllBytes());
    }
    Path classes = Files.createDirectory(work.resolve("classes"));
    int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-classpath",
        System.getProperty("java.class.path"), "-proc:none", source.toString());
    if (result != 0) {
      throw new IllegalStateException("the echo plugin does not compile");
    }
    try (OutputStream file = Files.newOutputStream(folder.resolve("echo.jar"));
        JarOutputStream jar = new JarOutputStream(file);
        Stream<Path> tree = Files.walk(classes)) {
      for (Path path : tree.filter(Files::isRegularFile).toList()) {
        add(jar, classes.relativize(path).toString().replace('\\', '/'), Files.readAllBytes(path));
      }
      add(jar, "META-INF/services/dev.trine.api.Plugin", "echo.EchoPlugin".getBytes(StandardCharsets.UTF_8));
    }
    try (Stream<Path> tree = Files.walk(work)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void add(JarOutputStream jar, String name, byte[] content) throws IOException {
    jar.putNextEntry(new ZipEntry(name));
    jar.write(content);
    jar.closeEntry();
  }
}
