/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the secret of a {@link CacheKey}: 32 random bytes in the plugin's own folder, which only their owner can read where the system
 * has permissions. Without the file, or with another one, packed weights are made anew.
 */
final class KeyFile {

  private static final String NAME = "packed.key";
  private static final int BYTES = 32;

  private KeyFile() {}

  static Path in(Path folder) {
    return folder.resolve(NAME);
  }

  /**
   * The key that is there, or a new one. Processes that start at once get the same.
   *
   * @throws IOException when there is none and none can be made
   */
  static CacheKey readOrMake(Path folder) throws IOException {
    Path file = in(folder);
    byte[] secret;
    try {
      secret = read(file);
      if (secret == null) {
        // Should several replace it at once, the last one stays, and what was packed with another key is made anew.
        write(folder, temporary -> Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE));
      }
    } catch (NoSuchFileException e) {
      Files.createDirectories(folder);
      write(folder, temporary -> linkUnlessThere(temporary, file));
      secret = null;
    }
    if (secret == null) {
      secret = read(file);
    }
    if (secret == null) {
      throw new IOException(file + " is not what was written");
    }
    return new CacheKey(secret);
  }

  /** Null when it is damaged. */
  private static byte @Nullable [] read(Path file) throws IOException {
    var attributes = RegularFile.attributes(file);
    if (!attributes.isRegularFile() || attributes.size() != BYTES) {
      return null;
    }
    try (var channel = RegularFile.open(file, StandardOpenOption.READ)) {
      var secret = ByteBuffer.allocate(BYTES);
      return channel.read(secret) == BYTES ? secret.array() : null;
    }
  }

  /** Gives a new file its name. */
  @FunctionalInterface
  private interface Publication {
    void publish(Path temporary) throws IOException;
  }

  private static void write(Path folder, Publication publication) throws IOException {
    var secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    // Such files are for their owner alone.
    Path temporary = Files.createTempFile(folder, NAME, ".tmp");
    try {
      try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(secret));
        channel.force(true);
      }
      publication.publish(temporary);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** A move would replace the file of a process that was faster. */
  private static void linkUnlessThere(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (FileAlreadyExistsException e) {
      // The faster one's key holds.
    } catch (FileSystemException | UnsupportedOperationException e) {
      // There are no links here. Should another be faster all the same, what it has packed is made anew.
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
