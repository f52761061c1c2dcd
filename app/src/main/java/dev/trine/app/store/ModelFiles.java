/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Looks at folders that may hold a model, by names alone. */
public final class ModelFiles {

  private ModelFiles() {}

  /** Whether this is a GGUF file, or a folder with a model's configuration or weights in it. */
  public static boolean looksLikeModel(Path path) {
    if (Files.isRegularFile(path)) {
      return isGguf(path);
    }
    return isModelFolder(path) || children(path).stream().anyMatch(ModelFiles::isGguf);
  }

  /** Whether this is a folder that is a model as a whole, and not a folder of GGUF files that are a model each. */
  static boolean isModelFolder(Path path) {
    return Files.isDirectory(path) && (Files.isRegularFile(path.resolve("config.json"))
        || children(path).stream().anyMatch(file -> hasSuffix(file, ".safetensors")));
  }

  /** What to open for a model's folder: its GGUF file when it holds exactly one and nothing else says what the model is. */
  public static Path toOpen(Path path) {
    if (!Files.isDirectory(path) || Files.exists(path.resolve("config.json"))) {
      return path;
    }
    List<Path> files = children(path).stream().filter(ModelFiles::isGguf).toList();
    return files.size() == 1 ? files.getFirst() : path;
  }

  /** Sum of the sizes of a file, or of the files directly in a folder, in bytes. */
  public static long sizeBytes(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.size(path);
    }
    long sum = 0;
    for (Path file : children(path)) {
      if (Files.isRegularFile(file)) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  static boolean isGguf(Path path) {
    return hasSuffix(path, ".gguf");
  }

  private static boolean hasSuffix(Path path, String suffix) {
    return path.getFileName() != null && path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(suffix);
  }

  /** What is in a folder, sorted; nothing when it is not there or cannot be read. */
  static List<Path> children(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> stream = Files.list(folder)) {
      var all = new ArrayList<>(stream.toList());
      all.sort(null);
      return all;
    } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
      return List.of();
    }
  }
}
