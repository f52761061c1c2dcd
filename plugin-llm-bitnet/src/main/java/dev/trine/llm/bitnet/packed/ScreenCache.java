/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.api.PlatformException;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.ScreenMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coarse copy of one model's head: mapped from a file that an earlier start has left, or made and left for the next one. A file of
 * its own, since heads that need a copy and layers that are packed come in any combination.
 */
public final class ScreenCache implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ScreenCache.class);

  private final PackedWeightCache cache;
  private final Path model;
  private @Nullable PackedFile mapped;

  ScreenCache(PackedWeightCache cache, Path model) {
    this.cache = cache;
    this.model = model;
  }

  /**
   * The copy of a head.
   *
   * @param files the files that hold the model's weights
   * @param fill  makes the copy; false when the head has none
   * @return memory that lives until this is closed; empty when nothing is kept
   */
  public Optional<ScreenMatrix> load(Collection<Path> files, DenseMatrix head, Predicate<MemorySegment> fill) {
    long bytes = ScreenMatrix.packedBytes(head.rows(), head.cols());
    return cache.keeps(bytes)
        ? cache.key().flatMap(key -> findOrMake(files, head, bytes, fill, key))
        : Optional.empty();
  }

  private Optional<ScreenMatrix> findOrMake(Collection<Path> files, DenseMatrix head, long bytes,
      Predicate<MemorySegment> fill, CacheKey key) {
    try {
      SourceFiles sources = SourceFiles.ofPaths(files);
      PackedHeader planned = PackedHeader.ofOne("screen-" + ScreenMatrix.VERSION, sources, head.rows(), head.cols(),
          bytes, head.type() + " [" + head.rows() + ", " + head.cols() + "]");
      List<CacheFolder> folders = cache.foldersFor(model, files);
      for (CacheFolder folder : folders) {
        Optional<ScreenMatrix> found = find(folder.file(planned.layout()), sources, planned, head, key);
        if (found.isPresent()) {
          return found;
        }
      }
      for (CacheFolder folder : folders) {
        if (folder.isWritable() && make(folder, sources, planned, head, fill, key)) {
          return find(folder.file(planned.layout()), sources, planned, head, key);
        }
      }
    } catch (IOException e) {
      log.warn("The coarse copy of the head of {} is not kept: {}", model, e.toString());
    }
    return Optional.empty();
  }

  private Optional<ScreenMatrix> find(Path path, SourceFiles sources, PackedHeader planned, DenseMatrix head,
      CacheKey key) {
    try {
      PackedFile file = PackedFile.open(path, planned, key);
      boolean opened = false;
      try {
        if (!file.isStampedBy(sources)) {
          if (key.hash(head.data()) != file.header().contentHash()) {
            throw new PackedFile.Unusable("the model has changed since");
          }
          restamp(file, sources);
        }
        ScreenMatrix matrix = ScreenMatrix.wrap(head.rows(), head.cols(), file.mapOnly());
        mapped = file;
        opened = true;
        return Optional.of(matrix);
      } finally {
        if (!opened) {
          file.close();
        }
      }
    } catch (NoSuchFileException e) {
      log.debug("There is no {}", path);
    } catch (PackedFile.Unusable e) {
      log.info("{} is not used: {}", path, e.reason());
    } catch (IOException e) {
      log.info("{} is not used: {}", path, e.toString());
    }
    return Optional.empty();
  }

  private static void restamp(PackedFile file, SourceFiles sources) {
    try {
      file.restamp(sources);
    } catch (IOException e) {
      log.debug("{} cannot be written: {}", file.path(), e.toString());
    }
  }

  /** Makes the file; whether that was possible. */
  private boolean make(CacheFolder folder, SourceFiles sources, PackedHeader planned, DenseMatrix head,
      Predicate<MemorySegment> fill, CacheKey key) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment packed = arena.allocate(planned.dataBytes(), ScreenMatrix.ALIGNMENT);
      if (!fill.test(packed)) {
        return false;
      }
      long bytes = PackedFile.dataStart(planned.encode().length) + planned.dataBytes();
      folder.create(planned.layout(), bytes,
          channel -> PackedFileWriter.writeOne(channel, planned, key.hash(head.data()), packed, sources, key));
      log.info("The coarse copy of the head of {} is kept in {} ({} MB)", model, folder.file(planned.layout()),
          bytes / 1_000_000);
      return true;
    } catch (IOException e) {
      log.warn("The coarse copy of the head of {} is not kept in {}: {}", model, folder.path(), e.toString());
      return false;
    }
  }

  /** @throws PlatformException {@code MODEL_UNAVAILABLE} naming the file when it was cut off since it was mapped */
  public void requireUnchanged() {
    PackedFile file = mapped;
    if (file != null) {
      file.requireUnchanged();
    }
  }

  /** Ends the mapping; the copy must not be used any more. */
  @Override
  public void close() {
    PackedFile file = mapped;
    mapped = null;
    if (file != null) {
      file.close();
    }
  }
}
