/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder with files of packed weights, {@code <stem>.<layout>-<version>.packed}. Files that are being written have another name until
 * they are whole, and are locked by who writes them; those that nobody locks were left behind.
 *
 * @param path need not be there yet
 * @param stem what the names of this model's files begin with
 * @param beside the folder of the model when this folder lies in it and stems are names of model files; else null
 * @param owner  who must own the folder; null for the plugin's own
 */
record CacheFolder(Path path, String stem, @Nullable Path beside, @Nullable FolderOwner owner) {

  private static final String SUFFIX = ".packed";
  private static final String TEMPORARY = ".tmp";
  private static final Pattern NAME = Pattern.compile("(?<stem>.+)\\.(?<layout>[a-z0-9]+)-\\d+" + Pattern.quote(SUFFIX)
      + "(?<temporary>\\.[0-9a-f-]{36}" + Pattern.quote(TEMPORARY) + ")?");
  /** What tells backup programs to leave the folder out; see {@code bford.info/cachedir}. */
  private static final String TAG_NAME = "CACHEDIR.TAG";
  private static final String TAG = """
      Signature: 8a477f597d28d172789f06886806bc55
      # Weights of the models in the folder above, made ready by Trine. They can be deleted at any time.
      """;

  /** For how long a file that is being written is left alone, locked or not. */
  private static final Duration UNTOUCHED = Duration.ofMinutes(1);

  /** Writes the content of a new file. */
  @FunctionalInterface
  interface Content {
    void write(FileChannel channel) throws IOException;
  }

  /** The file for a layout. */
  Path file(String layout) {
    return path.resolve(stem + "." + layout + SUFFIX);
  }

  /**
   * Makes a file, which is there when it is whole and not before. Removes what this replaces.
   *
   * @param bytes about as large as it will be
   */
  void create(String layout, long bytes, Content content) throws IOException {
    Files.createDirectories(path);
    if (!isTrusted()) { // Somebody may have been faster since it was not there.
      throw new IOException("it is not a folder of this user's alone");
    }
    writeTag();
    sweep();
    long free = Files.getFileStore(path).getUsableSpace();
    if (free < bytes) {
      throw new IOException("the disk has " + free / 1_000_000 + " MB left, " + bytes / 1_000_000 + " MB are needed");
    }
    Path file = file(layout);
    Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
    boolean moved = false;
    try (var channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
        StandardOpenOption.WRITE)) {
      lock(channel);
      content.write(channel);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      moved = true;
    } finally {
      if (!moved) {
        Files.deleteIfExists(temporary);
      }
    }
    syncFolder();
    removeSuperseded(file);
  }

  /** Tells sweeps, until the channel is closed, that the file is not left behind. */
  private static void lock(FileChannel channel) {
    try {
      channel.lock();
    } catch (IOException e) {
      // A file system without locks: should another process take the file for a leftover, it is made at the next start.
    }
  }

  private void writeTag() throws IOException {
    Path tag = path.resolve(TAG_NAME);
    try {
      if (Files.notExists(tag)) {
        Files.writeString(tag, TAG, StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
      }
    } catch (FileAlreadyExistsException e) {
      // Another process was first.
    }
  }

  /** Removes files that a process that was killed has not finished, and files of models that are gone. */
  private void sweep() throws IOException {
    for (Path file : files()) {
      Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
      if (!name.matches()) {
        continue;
      }
      if (name.group("temporary") != null) {
        deleteUnlessLocked(file);
      } else if (beside != null && Files.notExists(beside.resolve(name.group("stem")))) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void deleteUnlessLocked(Path file) throws IOException {
    try {
      var attributes = RegularFile.attributes(file);
      Instant written = attributes.lastModifiedTime().toInstant();
      if (!attributes.isRegularFile() || written.isAfter(Instant.now().minus(UNTOUCHED))) {
        return; // It is not ours, or it may not be locked yet.
      }
    } catch (NoSuchFileException e) {
      return;
    }
    try (var channel = RegularFile.open(file, StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
      if (lock != null) {
        Files.deleteIfExists(file);
      }
    } catch (OverlappingFileLockException | NoSuchFileException e) {
      // This process writes it, or another has finished it.
    }
  }

  private void removeSuperseded(Path current) throws IOException {
    boolean screen = isScreen(current);
    for (Path file : files()) {
      Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
      if (name.matches() && name.group("temporary") == null && name.group("stem").equals(stem)
          && isScreen(file) == screen && !file.equals(current)) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Whether a file holds the copy of a head rather than layers: one does not replace the other. */
  private static boolean isScreen(Path file) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    return name.matches() && name.group("layout").equals("screen");
  }

  /** Whether files that are found there may be used, and others be left there. */
  boolean isTrusted() throws IOException {
    return owner == null || owner.trusts(path);
  }

  /** Whether files can be made in the folder, which may not be there yet. */
  boolean isWritable() {
    return Stream.iterate(path, folder -> folder != null, Path::getParent).filter(Files::exists).findFirst()
        .filter(folder -> Files.isDirectory(folder) && Files.isWritable(folder)).isPresent();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(path)) {
      return all.toList();
    }
  }

  /** Makes the new name last; not every system lets folders be synced. */
  private void syncFolder() {
    try (var folder = FileChannel.open(path, StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      // The file itself is on the disk; without its name it is only made again.
    }
  }
}
