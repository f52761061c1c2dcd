/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.scratch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A new folder that goes, with all that is in it, when it is closed or the JVM is told to end. What a process left that had no time for
 * that, a later one removes.
 */
public final class ScratchFolder implements AutoCloseable {

  /** What it is for, the process that made it, and something that nobody foresees. */
  private static final Pattern NAME = Pattern.compile(".+\\.(\\d{1,18})\\.[0-9a-f-]{36}\\.tmp");
  /** A process that cannot be seen may run on another machine or in another container, but not for so long. */
  private static final Duration LEFT_AFTER = Duration.ofDays(1);

  private final Path path;
  private final Cleanup cleanup;

  private ScratchFolder(Path path) {
    this.path = path;
    this.cleanup = Cleanup.deleting(path);
  }

  /**
   * Makes a folder.
   *
   * @param parent an existing folder
   * @param label  what it is for
   */
  public static ScratchFolder in(Path parent, String label) throws IOException {
    removeLeft(parent);
    var folder = new ScratchFolder(parent.resolve(label + "." + ProcessHandle.current().pid() + "." + UUID.randomUUID()
        + ".tmp"));
    boolean made = false;
    try {
      Files.createDirectory(folder.path);
      made = true;
      return folder;
    } finally {
      if (!made) {
        folder.close();
      }
    }
  }

  private static void removeLeft(Path parent) {
    try (Stream<Path> entries = Files.list(parent)) {
      entries.filter(ScratchFolder::isLeft).toList().forEach(Cleanup::delete);
    } catch (UncheckedIOException | IOException _) {
      // It is not what was asked for.
      return;
    }
  }

  private static boolean isLeft(Path entry) {
    Matcher name = NAME.matcher(String.valueOf(entry.getFileName()));
    try {
      return name.matches() && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
          && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
          && Files.getLastModifiedTime(entry).toInstant().isBefore(Instant.now().minus(LEFT_AFTER));
    } catch (IOException _) {
      return false;
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    cleanup.close();
  }
}
