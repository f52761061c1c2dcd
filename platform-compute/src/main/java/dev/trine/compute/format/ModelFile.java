/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** The tensors of one model, whatever the container and however many files it has. */
public sealed interface ModelFile permits Gguf, Safetensors {

  /** The file or folder that was opened. */
  Path path();

  /** The tensor with this name, if the model has it. */
  Optional<Tensor> tensor(String name);

  /**
   * The tensor with this name.
   *
   * @throws PlatformException {@code MODEL_INVALID} if the model does not have it
   */
  default Tensor requireTensor(String name) {
    return tensor(name).orElseThrow(() -> FormatErrors.invalid(path(),
        "tensor " + FormatErrors.quote(name) + " is missing among its " + tensors().size() + " tensors"));
  }

  /** All tensors in the order of the file, or files. */
  Collection<Tensor> tensors();
}
