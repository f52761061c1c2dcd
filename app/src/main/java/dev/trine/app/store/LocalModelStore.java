/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import dev.trine.api.ModelStore;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds models on this machine. The store is {@code TRINE_HOME/models}: a model is {@code <org>/<name>} or {@code <name>}, a
 * folder or a {@code .gguf} file. A folder {@code <name>@<SEL>} holds one of several forms of a model and is asked for as
 * {@code <name>:<SEL>}. Models that ship with Trine come first, repositories in the Hugging Face cache last.
 */
public final class LocalModelStore implements ModelStore {

  /** The model that ships with Trine. */
  public static final String DEMO_MODEL = "trine-tiny";

  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9_.-]{0,95}";
  private static final Pattern NAME_ON_DISK = Pattern.compile(NAME + "(@" + NAME + ")?");
  private static final Pattern ID = Pattern.compile("(" + NAME + "/)?" + NAME + "(:" + NAME + ")?");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[\\\\/].*");

  private final TrineHome home;
  private final Optional<Path> distribution;
  private final HuggingFaceCache huggingFace;
  private final Path userHome;

  /**
   * @param home         the user's data
   * @param distribution the folder that Trine was started from, whose {@code models} ship with it
   * @param huggingFace  the cache of the Hugging Face tools
   * @param userHome     what {@code ~} stands for
   */
  public LocalModelStore(TrineHome home, Optional<Path> distribution, HuggingFaceCache huggingFace, Path userHome) {
    this.home = home;
    this.distribution = distribution;
    this.huggingFace = huggingFace;
    this.userHome = userHome;
  }

  /** The store that environment variables describe. */
  public static LocalModelStore of(Map<String, String> environment, Path userHome, Optional<Path> distribution) {
    return new LocalModelStore(TrineHome.of(environment, userHome), distribution,
        HuggingFaceCache.of(environment, userHome), userHome);
  }

  /** The user's data. */
  public TrineHome home() {
    return home;
  }

  @Override
  public List<Entry> list() {
    return listResolved().stream().map(model -> new Entry(model.id(), model.path())).toList();
  }

  /** The installed models with their origins, sorted by id; those of the Hugging Face cache only when they are complete. */
  public List<ResolvedModel> listResolved() {
    var found = new LinkedHashMap<String, ResolvedModel>();
    for (ResolvedModel model : own()) {
      found.putIfAbsent(model.id(), model);
    }
    for (HuggingFaceCache.Snapshot snapshot : huggingFace.list()) {
      if (snapshot.problem().isEmpty()) {
        found.putIfAbsent(snapshot.id(), ofSnapshot(snapshot));
      }
    }
    return found.values().stream().sorted(Comparator.comparing(ResolvedModel::id)).toList();
  }

  /** Repositories of the Hugging Face cache that are there in part, and why they cannot be used. */
  public List<HuggingFaceCache.Snapshot> incomplete() {
    return huggingFace.list().stream().filter(snapshot -> snapshot.problem().isPresent()).toList();
  }

  @Override
  public Optional<Entry> find(String id) {
    return findResolved(id).map(model -> new Entry(model.id(), model.path()));
  }

  /** Finds an installed model by its exact id. */
  public Optional<ResolvedModel> findResolved(String id) {
    if (!ID.matcher(id).matches()) {
      return Optional.empty();
    }
    for (ResolvedModel model : own()) {
      if (model.id().equals(id)) {
        return Optional.of(model);
      }
    }
    return huggingFace.find(id).filter(snapshot -> snapshot.problem().isEmpty()).map(LocalModelStore::ofSnapshot);
  }

  /**
   * Finds what a user means: a path, an id ({@code org/name}, {@code org/name:SEL}), or a bare name that only one model has.
   *
   * @throws PlatformException {@code MODEL_NOT_FOUND}, with near names; {@code INVALID_REQUEST} when several models match
   */
  public ResolvedModel resolve(String reference) {
    return resolve(reference, List.of());
  }

  /**
   * As {@link #resolve(String)}.
   *
   * @param others further names that the failure may suggest
   * @throws PlatformException {@code MODEL_NOT_FOUND}, with near names; {@code INVALID_REQUEST} when several models match
   */
  public ResolvedModel resolve(String reference, Collection<String> others) {
    if (reference.isBlank()) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "the model's name is empty");
    }
    Optional<Path> path = asPath(reference);
    if (path.isPresent()) {
      if (!Files.exists(path.get())) {
        throw new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
            "there is no file or folder " + path.get().toAbsolutePath().normalize());
      }
      Path real = path.get().toAbsolutePath().normalize();
      return new ResolvedModel(nameOf(real), ModelFiles.toOpen(real), ResolvedModel.Origin.PATH);
    }
    Optional<ResolvedModel> exact = findResolved(reference);
    if (exact.isPresent()) {
      return exact.get();
    }
    Optional<HuggingFaceCache.Snapshot> partial = ID.matcher(reference).matches()
        ? huggingFace.find(reference)
        : Optional.empty();
    if (partial.isPresent()) {
      throw new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
          reference + " is in the Hugging Face cache but incomplete: " + partial.get().problem().orElse("")
              + "; download it again with 'hf download " + reference + "'");
    }
    List<ResolvedModel> all = listResolved();
    List<ResolvedModel> matches = all.stream().filter(model -> matches(model.id(), reference)).toList();
    if (matches.size() == 1) {
      return matches.getFirst();
    }
    if (matches.size() > 1) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "'" + reference + "' may be any of "
          + String.join(", ", matches.stream().map(ResolvedModel::id).toList()) + "; use the whole name");
    }
    if (Files.isRegularFile(Path.of(reference))) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          Path.of(reference).toAbsolutePath() + " is neither a model folder nor a .gguf file");
    }
    throw notFound(reference, Stream.concat(all.stream().map(ResolvedModel::id), others.stream()).toList());
  }

  /** The failure for a name that nothing has, with the nearest of {@code ids} and a way on. */
  private PlatformException notFound(String reference, Collection<String> ids) {
    var candidates = new LinkedHashMap<String, String>();
    for (String id : ids) {
      candidates.putIfAbsent(id, id);
      candidates.putIfAbsent(bareName(id), id);
    }
    List<String> near = NearNames.of(reference, candidates.keySet()).stream().map(candidates::get).distinct().toList();
    String meant = near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?";
    return new PlatformException(StandardErrorCode.MODEL_NOT_FOUND, "there is no model '" + reference + "'." + meant
        + " 'trine list' shows what is installed; a model folder or .gguf file goes into " + home.models()
        + ", or is named by its path.");
  }

  /** Whether a reference can only mean a path, or names a folder that is there. */
  private Optional<Path> asPath(String reference) {
    try {
      if (reference.equals("~") || reference.startsWith("~/")) {
        return Optional.of(userHome.resolve(reference.substring(Math.min(2, reference.length()))));
      }
      boolean path = reference.startsWith("/") || reference.startsWith("./") || reference.startsWith("../")
          || reference.equals(".") || reference.equals("..") || reference.endsWith(".gguf")
          || reference.endsWith(".safetensors") || DRIVE.matcher(reference).matches();
      // A bare word may be a folder that happens to be here; only a model's folder counts as meant.
      Path there = Path.of(reference);
      boolean named = path || ModelFiles.looksLikeModel(there) || (there.getNameCount() > 1 && Files.exists(there));
      return named ? Optional.of(there) : Optional.empty();
    } catch (InvalidPathException e) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "'" + reference + "' is no file name: "
          + e.getReason(), e);
    }
  }

  /** Models that ship with Trine, then those of the store. */
  private List<ResolvedModel> own() {
    var models = new ArrayList<ResolvedModel>();
    if (distribution.isPresent()) {
      for (Path path : ModelFiles.children(distribution.get().resolve("models"))) {
        add(models, null, path, ResolvedModel.Origin.BUNDLED);
      }
    }
    for (Path path : ModelFiles.children(home.models())) {
      if (Files.isRegularFile(path) || ModelFiles.isModelFolder(path)) {
        add(models, null, path, ResolvedModel.Origin.STORE);
      } else if (Files.isDirectory(path) && NAME_ON_DISK.matcher(fileName(path)).matches()) {
        for (Path inner : ModelFiles.children(path)) {
          add(models, fileName(path), inner, ResolvedModel.Origin.STORE);
        }
      }
    }
    return models;
  }

  private static void add(List<ResolvedModel> models, @Nullable String org, Path path, ResolvedModel.Origin origin) {
    String name = nameOf(path);
    if (NAME_ON_DISK.matcher(name).matches() && ModelFiles.looksLikeModel(path)) {
      String id = (org == null ? "" : org + "/") + name.replace('@', ':');
      models.add(new ResolvedModel(id, ModelFiles.toOpen(path), origin));
    }
  }

  /** The file's name, without {@code .gguf}. */
  private static String nameOf(Path path) {
    String name = fileName(path);
    return ModelFiles.isGguf(path) && Files.isRegularFile(path) ? name.substring(0, name.length() - 5) : name;
  }

  private static String fileName(Path path) {
    return path.getFileName() == null ? path.toString() : path.getFileName().toString();
  }

  /** Whether {@code reference} is the id without its organisation, its selector, or both. */
  private static boolean matches(String id, String reference) {
    int selector = id.indexOf(':');
    String whole = selector < 0 ? id : id.substring(0, selector);
    return bareName(id).equals(reference) || whole.equals(reference) || bareName(whole).equals(reference);
  }

  private static String bareName(String id) {
    return id.substring(id.indexOf('/') + 1);
  }

  private static ResolvedModel ofSnapshot(HuggingFaceCache.Snapshot snapshot) {
    return new ResolvedModel(snapshot.id(), snapshot.path(), ResolvedModel.Origin.HUGGING_FACE_CACHE);
  }
}
