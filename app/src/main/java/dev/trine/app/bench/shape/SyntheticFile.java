/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import dev.trine.api.EventSink;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A synthetic model on disk, in a folder of its own together with whatever is kept beside it. A kept one is used again; another is
 * deleted when this is closed or the JVM is told to end.
 */
public final class SyntheticFile implements AutoCloseable {

  private final Path folder;
  private final Path file;
  private final boolean temporary;
  private final Thread remover;

  private SyntheticFile(Path folder, String fileName, boolean temporary) {
    this.folder = folder;
    this.file = folder.resolve(fileName);
    this.temporary = temporary;
    this.remover = new Thread(this::deleteFolder);
  }

  /**
   * Finds or writes a model.
   *
   * @param folder an existing folder for such models
   * @param keep   whether the file stays for the next time
   * @throws PlatformException {@code SERVER_ERROR} when it cannot be written
   */
  public static SyntheticFile of(SyntheticModel model, Path folder, boolean keep, EventSink events) {
    var kept = new SyntheticFile(folder.resolve(model.name()), model.fileName(), false);
    if (model.isAt(kept.path())) {
      return kept;
    }
    String ownFolder = model.name() + "." + ProcessHandle.current().pid();
    SyntheticFile file = keep ? kept : new SyntheticFile(folder.resolve(ownFolder), model.fileName(), true);
    boolean written = false;
    try {
      if (file.temporary) {
        Runtime.getRuntime().addShutdownHook(file.remover);
      }
      Files.createDirectories(file.folder);
      model.write(file.file, events);
      written = true;
      return file;
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "cannot write " + file.file + ": " + e, e);
    } finally {
      if (!written) {
        file.close();
      }
    }
  }

  /** The GGUF file. */
  public Path path() {
    return file;
  }

  private void deleteFolder() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // What cannot be deleted stays, in a folder whose name says what it is.
      return;
    }
  }

  /** Deletes the file and what lies beside it, unless it is kept. */
  @Override
  public void close() {
    if (temporary) {
      deleteFolder();
      try {
        Runtime.getRuntime().removeShutdownHook(remover);
      } catch (IllegalStateException e) {
        // The JVM is ending, and the hook does its work.
        return;
      }
    }
  }
}
