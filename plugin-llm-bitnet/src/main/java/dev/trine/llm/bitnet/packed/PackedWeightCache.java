/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.api.PlatformException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where packed weights are kept: in a folder {@code .trine-cache} beside the model's file, or in the model's folder; where that cannot
 * be written, is a link or is not this user's, or the model's files are links into some other program's store, in a folder of the plugin's own. There also lies the key
 * by which files are known that are not planted; without it nothing is kept or used.
 */
public final class PackedWeightCache {

  /** The folder beside a model. */
  static final String FOLDER = ".trine-cache";

  /** What a model needs to have in packed weights: packing less takes no time worth a file. */
  private static final long SMALLEST_BYTES = 32 << 20;

  private static final PackedWeightCache OFF = new PackedWeightCache(null, Long.MAX_VALUE);

  private static final Logger log = LoggerFactory.getLogger(PackedWeightCache.class);

  private final @Nullable Supplier<Path> ownFolder;
  private final long smallestBytes;
  private final AtomicBoolean keyMissed = new AtomicBoolean();

  private PackedWeightCache(@Nullable Supplier<Path> ownFolder, long smallestBytes) {
    this.ownFolder = ownFolder;
    this.smallestBytes = smallestBytes;
  }

  /** Nothing is kept. */
  public static PackedWeightCache off() {
    return OFF;
  }

  /** @param ownFolder a folder for what cannot be kept beside a model; asked for when it is needed */
  public static PackedWeightCache keeping(Supplier<Path> ownFolder) {
    return keeping(ownFolder, SMALLEST_BYTES);
  }

  /** @param smallestBytes models of fewer packed bytes are not kept */
  public static PackedWeightCache keeping(Supplier<Path> ownFolder, long smallestBytes) {
    return new PackedWeightCache(ownFolder, smallestBytes);
  }

  /** The cache's part for one model, which the caller closes when the model's weights are no longer used. */
  public ModelCache forModel(Path model) {
    return new ModelCache(this, model);
  }

  /** The cache's part for the head of one model, which the caller closes when the copy is no longer used. */
  public ScreenCache forHeadOf(Path model) {
    return new ScreenCache(this, model);
  }

  boolean keeps(long packedBytes) {
    return packedBytes >= smallestBytes;
  }

  /** What files of this user's are marked with; empty when it can be neither read nor made, which is logged once. */
  Optional<CacheKey> key() {
    if (ownFolder == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(KeyFile.readOrMake(ownFolder.get()));
    } catch (IOException | PlatformException e) {
      if (keyMissed.compareAndSet(false, true)) {
        log.warn("Weights are packed anew at each start: the key by which kept ones are told from planted ones can be "
            + "neither read nor made: {}", e.toString());
      }
      return Optional.empty();
    }
  }

  /**
   * Folders to look into, and to write to, in this order.
   *
   * @param model the file or folder that was opened
   * @param sources the files that hold its weights
   */
  List<CacheFolder> foldersFor(Path model, Iterable<Path> sources) throws IOException {
    Path own = ownFolder();
    if (own == null) {
      return List.of();
    }
    Path absolute = model.toAbsolutePath().normalize();
    String name = String.valueOf(absolute.getFileName());
    var folders = new ArrayList<CacheFolder>();
    boolean linked = Files.isSymbolicLink(absolute);
    for (Path source : sources) {
      linked |= Files.isSymbolicLink(source);
    }
    if (!linked) {
      CacheFolder beside = beside(absolute, FolderOwner.of(KeyFile.in(own)));
      if (beside.isTrusted()) {
        folders.add(beside);
      } else {
        log.info("{} is not used: it is not a folder of this user's alone", beside.path());
      }
    }
    String place = Long.toHexString(XxHash64.hash(absolute.toString().getBytes(StandardCharsets.UTF_8)));
    folders.add(new CacheFolder(own, name + "-" + place, null, null));
    return folders;
  }

  private static CacheFolder beside(Path model, FolderOwner owner) {
    Path parent = model.getParent();
    return parent == null || Files.isDirectory(model)
        ? new CacheFolder(model.resolve(FOLDER), "weights", null, owner)
        : new CacheFolder(parent.resolve(FOLDER), String.valueOf(model.getFileName()), parent, owner);
  }

  private @Nullable Path ownFolder() {
    try {
      return ownFolder == null ? null : ownFolder.get();
    } catch (PlatformException e) {
      return null; // The plugin's home cannot be written either.
    }
  }
}
