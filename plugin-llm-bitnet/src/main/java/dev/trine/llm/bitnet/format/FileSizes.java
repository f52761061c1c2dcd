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
import java.util.stream.Collectors;

/** How large a model's files are. */
final class FileSizes {

  private FileSizes() {}

  /** Bytes of all files that hold tensors. */
  static long of(Collection<Tensor> tensors) {
    long bytes = 0;
    for (Path file : tensors.stream().map(Tensor::file).collect(Collectors.toSet())) {
      try {
        bytes += Files.size(file);
      } catch (IOException e) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + " cannot be read: " + e, e);
      }
    }
    return bytes;
  }
}
