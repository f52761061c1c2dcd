/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.app.bench.scratch.ScratchFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of a model once more under other names, as if they had just been downloaded: nothing that an earlier start has left beside
 * them or in Trine's folder is there. They are links, so they take no room. They go when this is closed or the JVM is told to end.
 */
public final class FreshCopy implements AutoCloseable {

  /** In the names of the files of a model that is in several. */
  private static final String PART_MARK = "-of-";

  private final ScratchFolder folder;
  private final Path model;
  private final Set<Path> links;

  private FreshCopy(ScratchFolder folder, Path model, Set<Path> links) {
    this.folder = folder;
    this.model = model;
    this.links = links;
  }

  /**
   * Links a model.
   *
   * @param path   its folder or file
   * @param parent an existing folder, best on the same disk
   */
  public static FreshCopy of(Path path, Path parent) throws IOException {
    ScratchFolder folder = ScratchFolder.in(parent, "fresh");
    boolean done = false;
    try {
      Path model = Files.createDirectory(folder.path().resolve("model"));
      Set<Path> links = linkAll(files(path), model);
      if (!Files.isDirectory(path)) {
        model = model.resolve(nameOf(path));
      }
      done = true;
      return new FreshCopy(folder, model, links);
    } finally {
      if (!done) {
        folder.close();
      }
    }
  }

  /** The copy of what was linked. */
  public Path model() {
    return model;
  }

  /** A folder of its own, for whatever a start may want to keep. */
  public Path home() {
    return folder.path().resolve("home");
  }

  /** Bytes of the files that others have left beside the links and in {@link #home}. */
  public long leftBytes() throws IOException {
    try (Stream<Path> tree = Files.walk(folder.path())) {
      long bytes = 0;
      for (Path file : tree.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).toList()) {
        bytes += links.contains(file) ? 0 : Files.size(file);
      }
      return bytes;
    }
  }

  private static String nameOf(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.isDirectory(path) && !nameOf(path).contains(PART_MARK)) {
      return List.of(path);
    }
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling(".");
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).filter(file -> !nameOf(file).startsWith(".")).toList();
    }
  }

  private static Set<Path> linkAll(List<Path> files, Path target) throws IOException {
    var links = new HashSet<Path>();
    for (Path file : files) {
      Path real = file.toRealPath();
      Path link = target.resolve(nameOf(file));
      try {
        Files.createLink(link, real);
      } catch (IOException | UnsupportedOperationException e) {
        // Another disk.
        Files.createSymbolicLink(link, real);
      }
      links.add(link);
    }
    return links;
  }

  /** Removes the links and what was written beside them. */
  @Override
  public void close() {
    folder.close();
  }
}
