/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import dev.trine.api.EventSink;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.bench.scratch.ScratchFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A synthetic model on disk, in a folder of its own together with whatever is kept beside it. A kept one is used again; another is
 * deleted when this is closed or the JVM is told to end.
 */
public final class SyntheticFile implements AutoCloseable {

  private final Path file;
  /** Null when the file is kept. */
  private final @Nullable ScratchFolder scratch;

  private SyntheticFile(Path file, @Nullable ScratchFolder scratch) {
    this.file = file;
    this.scratch = scratch;
  }

  /**
   * Finds or writes a model.
   *
   * @param folder an existing folder for such models
   * @param keep   whether the file stays for the next time
   * @throws PlatformException {@code SERVER_ERROR} when it cannot be written
   */
  public static SyntheticFile of(SyntheticModel model, Path folder, boolean keep, EventSink events) {
    Path keptIn = folder.resolve(model.name());
    var kept = new SyntheticFile(keptIn.resolve(model.fileName()), null);
    if (model.isAt(kept.file)) {
      return kept;
    }
    try {
      return keep
          ? written(model, Files.createDirectories(keptIn), null, events)
          : inScratch(model, ScratchFolder.in(folder, model.name()), events);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "cannot make a folder in " + folder + ": " + e, e);
    }
  }

  private static SyntheticFile inScratch(SyntheticModel model, ScratchFolder scratch, EventSink events) {
    boolean done = false;
    try {
      SyntheticFile file = written(model, scratch.path(), scratch, events);
      done = true;
      return file;
    } finally {
      if (!done) {
        scratch.close();
      }
    }
  }

  private static SyntheticFile written(SyntheticModel model, Path folder, @Nullable ScratchFolder scratch,
      EventSink events) {
    var file = new SyntheticFile(folder.resolve(model.fileName()), scratch);
    model.replace(file.file, events);
    return file;
  }

  /** The GGUF file. */
  public Path path() {
    return file;
  }

  /** Deletes the file and what lies beside it, unless it is kept. */
  @Override
  public void close() {
    if (scratch != null) {
      scratch.close();
    }
  }
}
