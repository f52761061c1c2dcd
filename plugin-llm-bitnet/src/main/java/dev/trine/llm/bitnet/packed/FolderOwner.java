/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Who must own a folder beside a model. Whoever else can write there could exchange a file while it is mapped, after all of it was
 * checked.
 *
 * @param user null where the system knows no owners
 */
record FolderOwner(@Nullable UserPrincipal user) {

  /** The owner of a file. */
  static FolderOwner of(Path file) throws IOException {
    return new FolderOwner(file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.getOwner(file, LinkOption.NOFOLLOW_LINKS)
        : null);
  }

  /** Whether the folder is one, rather than a link to one, of this owner, and is not open to all; or whether it is not there yet. */
  boolean trusts(Path folder) throws IOException {
    try {
      if (user == null) {
        return RegularFile.attributes(folder).isDirectory();
      }
      var attributes = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      // Groups may write: many systems give each user a group, and let it.
      return attributes.isDirectory() && attributes.owner().equals(user)
          && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    } catch (NoSuchFileException e) {
      return true;
    }
  }
}
