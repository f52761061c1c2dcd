/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The packed weights of one model: mapped from a file that an earlier start has left, or packed now. */
public final class ModelCache implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ModelCache.class);

  private final PackedWeightCache cache;
  private final Path model;
  private @Nullable PackedFile mapped;

  ModelCache(PackedWeightCache cache, Path model) {
    this.cache = cache;
    this.model = model;
  }

  /**
   * Packed matrices, in the order of their recipes.
   *
   * @param recipes     of the model's files as they are mapped for good; the weights are not read from them
   * @param reopen      the same recipes from files mapped anew, in an arena of their own, which is closed as soon as the weights are
   *     packed: pages that were read once would else stay in the process's memory
   * @param arena       owner of matrices that are not mapped; those that are live until this is closed
   * @param packedBytes told of progress
   * @throws PlatformException {@code MODEL_INVALID} for weights that are not ternary after all
   */
  public List<PackedMatrix> load(TernaryLayout layout, List<MatrixRecipe> recipes,
      Function<Arena, List<MatrixRecipe>> reopen, Arena arena, int threads, LongConsumer packedBytes) {
    if (recipes.isEmpty()) {
      return List.of();
    }
    if (cache.keeps(recipes.stream().mapToLong(recipe -> recipe.packedBytes(layout)).sum())) {
      Optional<List<PackedMatrix>> kept = cache.key()
          .flatMap(key -> findOrMake(new Request(layout, recipes, reopen, threads, packedBytes, key)));
      if (kept.isPresent()) {
        return kept.get();
      }
    }
    return packInMemory(layout, reopen, arena, threads, packedBytes);
  }

  /** What {@link #load} was asked for. */
  private record Request(TernaryLayout layout, List<MatrixRecipe> recipes, Function<Arena, List<MatrixRecipe>> reopen,
      int threads, LongConsumer packedBytes, CacheKey key) {}

  private Optional<List<PackedMatrix>> findOrMake(Request request) {
    try {
      SourceFiles sources = SourceFiles.of(request.recipes);
      PackedHeader planned = PackedHeader.plan(request.layout, sources, request.recipes);
      List<CacheFolder> folders = cache.foldersFor(model, SourceFiles.paths(request.recipes));
      Optional<List<PackedMatrix>> found = find(request, sources, planned, folders);
      return found.isPresent() ? found : make(request, sources, planned, folders);
    } catch (IOException e) {
      log.warn("Packed weights of {} are not kept: {}", model, e.toString());
      return Optional.empty();
    }
  }

  private Optional<List<PackedMatrix>> find(Request request, SourceFiles sources, PackedHeader planned,
      List<CacheFolder> folders) {
    for (CacheFolder folder : folders) {
      Path file = folder.file(planned.layout());
      try {
        return Optional.of(open(file, request, sources, planned));
      } catch (NoSuchFileException e) {
        log.debug("There is no {}", file);
      } catch (PackedFile.Unusable e) {
        log.info("{} is not used: {}", file, e.reason());
      } catch (IOException e) {
        log.info("{} is not used: {}", file, e.toString());
      }
    }
    return Optional.empty();
  }

  private List<PackedMatrix> open(Path path, Request request, SourceFiles sources, PackedHeader planned)
      throws IOException, PackedFile.Unusable {
    long start = System.nanoTime();
    PackedFile file = PackedFile.open(path, planned, request.key);
    boolean opened = false;
    try {
      if (!file.isStampedBy(sources)) {
        checkContent(file, request, sources);
      }
      List<PackedMatrix> matrices = file.map(request.layout, request.threads);
      opened = true;
      mapped = file;
      request.packedBytes.accept(planned.entries().stream().mapToLong(PackedHeader.Entry::bytes).sum());
      log.info("Packed weights of {} are mapped from {} ({} ms)", model, path, (System.nanoTime() - start) / 1_000_000);
      return matrices;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** Compares all weights of files that were moved, copied or touched since. */
  private static void checkContent(PackedFile file, Request request, SourceFiles sources)
      throws IOException, PackedFile.Unusable {
    try (Arena reading = Arena.ofShared()) {
      List<MatrixRecipe> recipes = request.reopen.apply(reading);
      var hashes = new long[recipes.size()];
      Parallel.run(hashes.length, request.threads,
          index -> hashes[index] = recipes.get(index).contentHash(request.key));
      if (request.key.combine(hashes) != file.header().contentHash()) {
        throw new PackedFile.Unusable("the model has changed since");
      }
    }
    try {
      file.restamp(sources);
    } catch (IOException e) {
      log.debug("{} cannot be written: {}", file.path(), e.toString());
    }
  }

  private Optional<List<PackedMatrix>> make(Request request, SourceFiles sources, PackedHeader planned,
      List<CacheFolder> folders) {
    for (CacheFolder folder : folders) {
      if (!folder.isWritable()) {
        log.debug("{} cannot be written", folder.path());
        continue;
      }
      try {
        Path file = make(request, sources, planned, folder);
        return Optional.of(open(file, request, sources, planned));
      } catch (PackedFile.Unusable e) {
        log.warn("Packed weights of {} are not kept in {}: {}", model, folder.path(), e.reason());
      } catch (IOException e) {
        log.warn("Packed weights of {} are not kept in {}: {}", model, folder.path(), e.toString());
      }
    }
    log.info("Weights of {} are packed anew at each start: there is no folder to keep them in", model);
    return Optional.empty();
  }

  private Path make(Request request, SourceFiles sources, PackedHeader planned, CacheFolder folder)
      throws IOException {
    long start = System.nanoTime();
    long bytes = PackedFile.dataStart(planned.encode().length) + planned.dataBytes();
    folder.create(planned.layout(), bytes, channel -> {
      try (Arena reading = Arena.ofShared()) {
        List<MatrixRecipe> recipes = request.reopen.apply(reading);
        new PackedFileWriter(channel, request.layout, recipes, planned, request.key).write(sources, request.threads,
            request.packedBytes);
        if (!SourceFiles.of(recipes).equals(sources)) {
          throw new IOException("the model's files were changed meanwhile");
        }
      }
    });
    Path file = folder.file(planned.layout());
    log.info("Weights of {} were packed into {} ({} MB, {} ms)", model, file, bytes / 1_000_000,
        (System.nanoTime() - start) / 1_000_000);
    return file;
  }

  private List<PackedMatrix> packInMemory(TernaryLayout layout, Function<Arena, List<MatrixRecipe>> reopen,
      Arena arena, int threads, LongConsumer packedBytes) {
    try (Arena reading = Arena.ofShared()) {
      List<MatrixRecipe> recipes = reopen.apply(reading);
      var matrices = new PackedMatrix[recipes.size()];
      Parallel.run(matrices.length, threads, index -> {
        MatrixRecipe recipe = recipes.get(index);
        List<Float> scales = recipe.scales();
        matrices[index] = new PackedMatrix(
            TernaryMatrix.pack(layout, recipe.rows(), recipe.cols(), recipe::row, arena), scales);
        packedBytes.accept(recipe.packedBytes(layout));
      });
      return List.of(matrices);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "weights of " + model + " could not be packed: " + e,
          e);
    }
  }

  /** @throws PlatformException {@code MODEL_UNAVAILABLE} naming the file when it was cut off since it was mapped */
  public void requireUnchanged() {
    PackedFile file = mapped;
    if (file != null) {
      file.requireUnchanged();
    }
  }

  /** Ends the mapping; the matrices must not be used any more. */
  @Override
  public void close() {
    PackedFile file = mapped;
    mapped = null;
    if (file != null) {
      file.close();
    }
  }
}
