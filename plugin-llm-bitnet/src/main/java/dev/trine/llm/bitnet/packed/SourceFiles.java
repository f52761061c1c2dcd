/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.format.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The files that weights are packed from, as they were at one moment.
 *
 * @param files by name
 * @param state changes when a file is written to or another takes its place; it also changes when nothing in the file does, such as
 *     when it is copied
 */
record SourceFiles(List<SourceFile> files, String state) {

  /**
   * One file.
   *
   * @param name without its folder, so that a model may be moved
   */
  record SourceFile(String name, long sizeBytes) {}

  static SourceFiles of(List<MatrixRecipe> recipes) throws IOException {
    return ofPaths(paths(recipes));
  }

  /** @param paths in a fixed order */
  static SourceFiles ofPaths(Iterable<Path> paths) throws IOException {
    var files = new ArrayList<SourceFile>();
    var state = new StringBuilder();
    for (Path path : paths) {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      files.add(new SourceFile(String.valueOf(path.getFileName()), attributes.size()));
      state.append(attributes.lastModifiedTime()).append(' ').append(attributes.fileKey()).append(' ')
          .append(changeTime(path)).append('\n');
    }
    return new SourceFiles(List.copyOf(files), state.toString());
  }

  /**
   * What tells, in a packed file, that its weights are those of these files.
   *
   * @param headerMac the mark of that file's header, so that the stamp of one packed file is none for another
   */
  byte[] stamp(CacheKey key, byte[] headerMac) {
    return key.mac(CacheKey.Use.STAMP, headerMac, state.getBytes(StandardCharsets.UTF_8));
  }

  /** The files of all tensors, in order. */
  static Iterable<Path> paths(List<MatrixRecipe> recipes) {
    var paths = new TreeSet<Path>();
    for (MatrixRecipe recipe : recipes) {
      for (MatrixRecipe.Part part : recipe.parts()) {
        part.tensors().stream().map(Tensor::file).forEach(paths::add);
      }
    }
    return paths;
  }

  /** When the file last changed in any way, which nobody can set back; where that is not known, nothing. */
  private static String changeTime(Path path) throws IOException {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? String.valueOf(Files.getAttribute(path, "unix:ctime"))
        : "";
  }
}
