/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Maps whole files, of any size, read-only. */
final class MappedFile {

  private MappedFile() {}

  /**
   * The bytes of a file.
   *
   * @param arena owner of the mapping, which ends when the arena is closed
   * @throws PlatformException naming the file if it is missing, empty, not a regular file or not readable
   */
  static MemorySegment map(Path file, Arena arena) {
    try {
      // Before opening it: to open a named pipe would wait for a writer.
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw FormatErrors.invalid(file,
            "is " + (attributes.isDirectory() ? "a folder" : "not a regular file") + ", expected a model file");
      }
      try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
        long size = channel.size();
        if (size == 0) {
          throw FormatErrors.invalid(file, "is empty, expected a model file");
        }
        return channel.map(MapMode.READ_ONLY, 0, size, arena);
      }
    } catch (IOException e) {
      throw FormatErrors.unreadable(file, e);
    } catch (UnsupportedOperationException e) {
      throw FormatErrors.unreadable(file, new IOException("this file system cannot map files into memory", e));
    }
  }
}
