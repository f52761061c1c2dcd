/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The index of a model in several files, {@code model.safetensors.index.json}: which file holds which tensor.
 *
 * @param shardOfTensor name of the file in the index's folder, by name of the tensor
 */
record SafetensorsIndex(Path path, Map<String, String> shardOfTensor) {

  private static final long MAX_BYTES = 100_000_000;
  private static final int MAX_SHARDS = 1_024;

  static SafetensorsIndex read(Path path) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment text = MappedFile.map(path, arena);
      if (text.byteSize() > MAX_BYTES) {
        throw FormatErrors.invalid(path, "is " + text.byteSize() + " bytes long, expected at most " + MAX_BYTES);
      }
      return new SafetensorsIndex(path, shardOfTensor(path, text));
    }
  }

  private static Map<String, String> shardOfTensor(Path path, MemorySegment text) {
    Map<String, String> shards = new LinkedHashMap<>();
    try (var json = new HeaderJson(path, text)) {
      json.beginObject("the index");
      for (String field = json.nextName(); field != null; field = json.nextName()) {
        if (!field.equals("weight_map")) {
          json.skipValue();
          continue;
        }
        json.beginObject("weight_map");
        for (String tensor = json.nextName(); tensor != null; tensor = json.nextName()) {
          shards.put(tensor, json.string("weight_map " + FormatErrors.quote(tensor)));
        }
      }
      json.end();
    }
    if (shards.isEmpty()) {
      throw FormatErrors.invalid(path, "has no weight_map, or an empty one; expected the file of each tensor");
    }
    return shards;
  }

  /** The files of the model by the names that the index has for them, each checked to lie in the index's folder. */
  Map<String, Path> shards() {
    Set<String> names = new LinkedHashSet<>(shardOfTensor.values());
    if (names.size() > MAX_SHARDS) {
      throw FormatErrors.invalid(path, "names " + names.size() + " files, expected at most " + MAX_SHARDS);
    }
    Map<String, Path> shards = new LinkedHashMap<>();
    for (String name : names) {
      shards.put(name, shard(name));
    }
    return shards;
  }

  private Path shard(String name) {
    boolean plain = name.endsWith(".safetensors")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    if (!plain) {
      throw FormatErrors.invalid(path, "names the file " + FormatErrors.quote(name)
          + ", expected the plain name of a .safetensors file in the model's folder");
    }
    try {
      Path shard = path.resolveSibling(name);
      Path target = shard.toRealPath();
      Path folder = path.toAbsolutePath().getParent();
      if (folder == null || !target.startsWith(folder.toRealPath())) {
        throw FormatErrors.invalid(shard, "is a link to " + target + ", which is outside of the model's folder");
      }
      return shard;
    } catch (IOException | InvalidPathException e) {
      throw FormatErrors.invalid(path,
          "names the file " + FormatErrors.quote(name) + ", which is missing or cannot be read");
    }
  }
}
