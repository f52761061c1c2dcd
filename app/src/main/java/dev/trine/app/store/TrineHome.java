/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * The folder where Trine keeps what belongs to a user. Nothing is created until something is written.
 *
 * @param root an absolute path
 */
public record TrineHome(Path root) {

  /** The folder that {@code TRINE_HOME} names, or {@code ~/.trine}. */
  public static TrineHome of(Map<String, String> environment, Path userHome) {
    String named = environment.getOrDefault("TRINE_HOME", "");
    Path root = named.isBlank() ? userHome.resolve(".trine") : Path.of(named);
    return new TrineHome(root.toAbsolutePath().normalize());
  }

  /** Where installed models are. */
  public Path models() {
    return root.resolve("models");
  }

  /** Where jars of further plugins are. */
  public Path plugins() {
    return root.resolve("plugins");
  }

  /** Where {@code trine bench} puts synthetic models. */
  public Path bench() {
    return root.resolve("bench");
  }

  /** The lines typed into {@code trine chat}. */
  public Path chatHistory() {
    return root.resolve("repl_history");
  }

  /** Creates the folder, for its owner alone, if it is not there. */
  public void create() throws IOException {
    boolean posix = root.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly = posix
        ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))}
        : new FileAttribute<?>[0];
    if (root.getParent() != null) {
      Files.createDirectories(root.getParent());
    }
    try {
      Files.createDirectory(root, ownerOnly);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(root)) {
        throw e;
      }
    }
  }
}
