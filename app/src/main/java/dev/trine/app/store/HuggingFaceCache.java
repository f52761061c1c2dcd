/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cache of the Hugging Face tools, which is read and never written. A repository {@code org/name} is the folder
 * {@code models--org--name}; {@code refs/main} holds the commit, and {@code snapshots/<commit>} the files, as links into
 * {@code blobs}.
 */
public final class HuggingFaceCache {

  private static final Pattern FOLDER = Pattern.compile("models--(.+?)--(.+)");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final long MAX_REF_BYTES = 256;
  private static final long MAX_INDEX_BYTES = 64L << 20;

  private final Path hub;

  /** @param hub the folder that holds the {@code models--…} folders; it need not exist */
  public HuggingFaceCache(Path hub) {
    this.hub = hub;
  }

  /**
   * A repository in the cache.
   *
   * @param id      {@code org/name}
   * @param path    what to open
   * @param problem why it cannot be used, for people; empty when it is complete
   */
  public record Snapshot(String id, Path path, Optional<String> problem) {}

  /** The cache where the Hugging Face tools would look for it. */
  public static HuggingFaceCache of(Map<String, String> environment, Path userHome) {
    for (String variable : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
      String named = environment.getOrDefault(variable, "");
      if (!named.isBlank()) {
        return new HuggingFaceCache(Path.of(named));
      }
    }
    String hfHome = environment.getOrDefault("HF_HOME", "");
    if (!hfHome.isBlank()) {
      return new HuggingFaceCache(Path.of(hfHome, "hub"));
    }
    String cacheHome = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path cache = cacheHome.isBlank() ? userHome.resolve(".cache") : Path.of(cacheHome);
    return new HuggingFaceCache(cache.resolve("huggingface").resolve("hub"));
  }

  /** Every repository that has something of a model in it. */
  public List<Snapshot> list() {
    var found = new ArrayList<Snapshot>();
    for (Path folder : ModelFiles.children(hub)) {
      var name = FOLDER.matcher(folder.getFileName().toString());
      if (name.matches()) {
        snapshot(folder, name.group(1) + "/" + name.group(2)).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Finds a repository by {@code org/name}. */
  public Optional<Snapshot> find(String id) {
    int slash = id.indexOf('/');
    return slash < 0
        ? Optional.empty()
        : snapshot(hub.resolve("models--" + id.substring(0, slash) + "--" + id.substring(slash + 1)), id);
  }

  private static Optional<Snapshot> snapshot(Path repository, String id) {
    Path ref = repository.resolve("refs").resolve("main");
    String commit;
    try {
      if (!Files.isRegularFile(ref) || Files.size(ref) > MAX_REF_BYTES) {
        return Optional.empty();
      }
      commit = Files.readString(ref, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return Optional.empty();
    }
    if (!COMMIT.matcher(commit).matches()) {
      return Optional.empty();
    }
    Path folder = repository.resolve("snapshots").resolve(commit);
    List<Path> files = ModelFiles.children(folder);
    if (files.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> problem = problem(repository, files);
    // Caches hold datasets' tokenizers, speech models and more: only what could be a language model is of interest.
    return problem.isPresent() || ModelFiles.looksLikeModel(folder)
        ? Optional.of(new Snapshot(id, ModelFiles.toOpen(folder), problem))
        : Optional.empty();
  }

  private static Optional<String> problem(Path repository, List<Path> files) {
    boolean weights = false;
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (!Files.exists(file)) {
        return Optional.of(name + " is a link to a file that is not there");
      }
      try {
        if (!file.toRealPath().startsWith(repository.toRealPath())) {
          return Optional.of(name + " is a link that leads out of " + repository);
        }
      } catch (IOException e) {
        return Optional.of(name + " cannot be read: " + e.getMessage());
      }
      if (name.endsWith(".index.json")) {
        Optional<String> missing = missingWeights(file);
        if (missing.isPresent()) {
          return missing;
        }
      }
      weights |= name.endsWith(".safetensors") || name.endsWith(".gguf");
    }
    return weights ? Optional.empty() : Optional.of("it holds no .safetensors or .gguf file");
  }

  private static Optional<String> missingWeights(Path index) {
    try {
      if (Files.size(index) > MAX_INDEX_BYTES) {
        return Optional.of(index.getFileName() + " is larger than " + MAX_INDEX_BYTES + " bytes");
      }
      JsonNode weightMap = JsonMapper.builder().build().readTree(index.toFile()).path("weight_map");
      for (JsonNode weight : weightMap) {
        String name = weight.asText();
        Path file = index.resolveSibling(name).normalize();
        if (!index.resolveSibling("").startsWith(file.getParent()) || !Files.exists(file)) {
          return Optional.of(name + ", named by " + index.getFileName() + ", is not there");
        }
      }
      return Optional.empty();
    } catch (IOException | java.nio.file.InvalidPathException e) {
      return Optional.of(index.getFileName() + " cannot be read: " + e.getMessage());
    }
  }
}
