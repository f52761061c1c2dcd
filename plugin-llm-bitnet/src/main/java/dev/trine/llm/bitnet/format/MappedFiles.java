/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.format.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The files that a model's weights are mapped from. Reading a page that a file has lost ends the JVM, so a model whose files were
 * cut off since must not be used. To replace a model that is being served, write the new file beside it and move it into place.
 */
public final class MappedFiles {

  private final Map<Path, Long> sizes = new LinkedHashMap<>();

  /** Notes how large the files are now. */
  MappedFiles(Collection<Path> files) {
    for (Path file : files) {
      try {
        sizes.put(file, Files.size(file));
      } catch (IOException e) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + " cannot be read: " + e, e);
      }
    }
  }

  static MappedFiles of(Collection<Tensor> tensors) {
    return new MappedFiles(tensors.stream().map(Tensor::file).collect(Collectors.toSet()));
  }

  /** The files, in the order of their names. */
  public List<Path> paths() {
    return sizes.keySet().stream().sorted().toList();
  }

  /** Bytes of all files. */
  long bytes() {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** @throws PlatformException {@code MODEL_UNAVAILABLE} naming a file that has another size than when it was opened */
  public void requireUnchanged() {
    sizes.forEach((file, size) -> {
      String now = sizeNow(file);
      // A file that was removed, or that another was moved over, stays mapped as it was.
      if (!now.equals("gone") && !Objects.equals(now, size.toString())) {
        throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, file + " had " + size
            + " bytes when it was loaded and has " + now + " now; start again to load it anew");
      }
    });
  }

  private static String sizeNow(Path file) {
    try {
      return Long.toString(Files.size(file));
    } catch (IOException _) {
      return "gone";
    }
  }
}
