/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The metadata and tensors of a GGUF model, in one file or split into several that lie side by side. */
public final class Gguf implements ModelFile {

  private static final Pattern SPLIT_NAME = Pattern.compile("(?<stem>.*)-(?<part>\\d{5})-of-(?<count>\\d{5})\\.gguf");
  private static final int MAX_SPLITS = 1_024;

  private final Path path;
  private final GgufMetadata metadata;
  private final Map<String, Tensor> tensors;

  private Gguf(Path path, GgufMetadata metadata, Map<String, Tensor> tensors) {
    this.path = path;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens a model and checks all of its headers. Nothing of the data is read yet.
   *
   * @param file a {@code .gguf} file; of a split model ({@code …-00001-of-00003.gguf}) any part, the others are found beside
   *   it
   * @param arena owner of the mapping; metadata and tensors live as long as it. When opening fails, what was mapped until
   *   then is released with the arena
   * @throws PlatformException naming the file: {@code MODEL_NOT_FOUND} if it is not there, {@code MODEL_UNSUPPORTED} for
   *   another version or byte order of GGUF or an unknown tensor type, else {@code MODEL_INVALID}
   */
  public static Gguf open(Path file, Arena arena) {
    GgufFile opened = GgufFile.open(file, arena);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Optional<Split> split = Split.of(file, opened.metadata());
    if (split.isEmpty()) {
      add(tensors, opened);
      return new Gguf(file, opened.metadata(), tensors);
    }
    GgufMetadata first = opened.metadata();
    for (int part = 0; part < split.get().count(); part++) {
      Path path = split.get().path(part);
      if (Files.notExists(path)) {
        throw FormatErrors.invalid(path, "is missing, expected it beside the other parts of the model");
      }
      GgufFile partFile = part == split.get().part() ? opened : GgufFile.open(path, arena);
      split.get().check(path, part, partFile.metadata());
      add(tensors, partFile);
      first = part == 0 ? partFile.metadata() : first;
    }
    long expected = first.uint("split.tensors.count", tensors.size());
    if (expected != tensors.size()) {
      throw FormatErrors.invalid(file,
          "the parts have " + tensors.size() + " tensors together, expected " + expected + " (split.tensors.count)");
    }
    return new Gguf(file, first, tensors);
  }

  private static void add(Map<String, Tensor> tensors, GgufFile file) {
    for (Tensor tensor : file.tensors()) {
      Tensor other = tensors.put(tensor.name(), tensor);
      if (other != null) {
        throw FormatErrors.invalid(tensor, "is also in " + other.file().getFileName() + ", expected it in one part");
      }
    }
  }

  @Override
  public Path path() {
    return path;
  }

  /** The key-value pairs; of a split model, those of its first part. */
  public GgufMetadata metadata() {
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

  /**
   * The place of a file among the parts of a split model.
   *
   * @param file the part that was opened
   * @param stem its file name up to the part number
   * @param part its number from 0; one less than in the file name
   * @param count number of parts
   */
  private record Split(Path file, String stem, int part, int count) {

    private static final String COUNT_KEY = "split.count";
    private static final String PART_KEY = "split.no";

    /** Empty for a model in one file. */
    static Optional<Split> of(Path file, GgufMetadata metadata) {
      int count = metadata.contains(COUNT_KEY) ? metadata.uint(COUNT_KEY, 0, MAX_SPLITS) : 0;
      Matcher name = SPLIT_NAME.matcher(String.valueOf(file.getFileName()));
      boolean named = name.matches();
      int namedCount = named ? Integer.parseInt(name.group("count")) : 1;
      if (count <= 1 && namedCount <= 1) {
        return Optional.empty();
      }
      int part = named ? Integer.parseInt(name.group("part")) - 1 : -1;
      if (count != namedCount || part < 0 || part >= count) {
        throw FormatErrors.invalid(file, "key '" + COUNT_KEY + "' is " + (count == 0 ? "missing or 0" : count)
            + ", expected the number of parts in a file name of the form NAME-00001-of-00003.gguf");
      }
      return Optional.of(new Split(file, name.group("stem"), part, count));
    }

    Path path(int index) {
      return index == part
          ? file
          : file.resolveSibling(String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, index + 1, count));
    }

    void check(Path path, int index, GgufMetadata metadata) {
      long foundPart = metadata.uint(PART_KEY);
      long foundCount = metadata.uint(COUNT_KEY);
      if (foundPart != index || foundCount != count) {
        throw FormatErrors.invalid(path,
            "says that it is part " + foundPart + " of " + foundCount + " (" + PART_KEY + ", "
                + COUNT_KEY + "), expected part " + index + " of " + count);
      }
    }
  }
}
