/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * Opens files that lie where others may have put them, and nothing else: to open a named pipe would wait for its other end, and a
 * link leads to a file that is not ours.
 */
final class RegularFile {

  private RegularFile() {}

  /** What the file system says about a path, of a link itself rather than of what it leads to. */
  static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** @throws IOException also when the path is that of a pipe, a link, a folder or the like */
  static FileChannel open(Path path, StandardOpenOption access) throws IOException {
    if (!attributes(path).isRegularFile()) {
      throw new FileSystemException(path.toString(), null, "it is not a regular file");
    }
    return FileChannel.open(path, Set.of(access, LinkOption.NOFOLLOW_LINKS));
  }
}
