/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a Hugging Face model folder or of one safetensors file.
 *
 * <p>Format: <a href="https://github.com/huggingface/safetensors">safetensors</a>; several files are held together by
 * {@code model.safetensors.index.json}.
 */
public final class Safetensors implements ModelFile {

  private static final String SINGLE_FILE = "model.safetensors";
  private static final String INDEX_FILE = "model.safetensors.index.json";

  private final Path path;
  private final Map<String, String> metadata;
  private final Map<String, Tensor> tensors;

  private Safetensors(Path path, Map<String, String> metadata, Map<String, Tensor> tensors) {
    this.path = path;
    this.metadata = Collections.unmodifiableMap(metadata);
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens a model and checks all of its headers. Nothing of the data is read yet.
   *
   * @param fileOrFolder a {@code .safetensors} file, an {@code .index.json} file, or a folder with
   *   {@code model.safetensors} or else {@code model.safetensors.index.json}
   * @param arena owner of the mapping; the tensors live as long as it. When opening fails, what was mapped until then is
   *   released with the arena
   * @throws PlatformException naming the file: {@code MODEL_NOT_FOUND} if there is none, {@code MODEL_UNSUPPORTED} for an
   *   unknown dtype, else {@code MODEL_INVALID}
   */
  public static Safetensors open(Path fileOrFolder, Arena arena) {
    if (!Files.isDirectory(fileOrFolder)) {
      return fileOrFolder.toString().endsWith(".index.json")
          ? openIndexed(fileOrFolder, fileOrFolder, arena)
          : openSingle(fileOrFolder, fileOrFolder, arena);
    }
    Path single = fileOrFolder.resolve(SINGLE_FILE);
    if (!Files.notExists(single)) {
      return openSingle(fileOrFolder, single, arena);
    }
    Path index = fileOrFolder.resolve(INDEX_FILE);
    if (!Files.notExists(index)) {
      return openIndexed(fileOrFolder, index, arena);
    }
    throw new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
        fileOrFolder + ": the folder has neither " + SINGLE_FILE + " nor " + INDEX_FILE);
  }

  private static Safetensors openSingle(Path path, Path file, Arena arena) {
    SafetensorsFile opened = SafetensorsFile.open(file, arena);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    opened.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    return new Safetensors(path, opened.metadata(), tensors);
  }

  private static Safetensors openIndexed(Path path, Path indexPath, Arena arena) {
    SafetensorsIndex index = SafetensorsIndex.read(indexPath);
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, Path> shards = index.shards();
    for (Path shard : shards.values()) {
      SafetensorsFile opened = SafetensorsFile.open(shard, arena);
      opened.metadata().forEach(metadata::putIfAbsent);
      for (Tensor tensor : opened.tensors()) {
        Tensor other = tensors.put(tensor.name(), tensor);
        if (other != null) {
          throw FormatErrors.invalid(tensor, "is also in " + other.file().getFileName() + ", expected it in one file");
        }
      }
    }
    index.shardOfTensor().forEach((name, shard) -> {
      Tensor tensor = tensors.get(name);
      if (tensor == null || !tensor.file().equals(shards.get(shard))) {
        throw FormatErrors.invalid(indexPath, "places tensor " + FormatErrors.quote(name) + " in "
            + FormatErrors.quote(shard) + ", which does not have it");
      }
    });
    return new Safetensors(path, metadata, tensors);
  }

  @Override
  public Path path() {
    return path;
  }

  /** The {@code __metadata__} strings of the header; of several files, the first that has a key counts. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public Optional<Tensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  @Override
  public Collection<Tensor> tensors() {
    return tensors.values();
  }
}
