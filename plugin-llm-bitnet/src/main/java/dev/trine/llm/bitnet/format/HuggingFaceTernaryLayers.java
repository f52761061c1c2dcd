/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.format.ModelFile;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TensorDecoder;
import dev.trine.compute.format.TensorType;
import dev.trine.compute.format.TernaryCodes;
import java.util.Optional;
import java.util.Set;

/** Ternary layers of a safetensors checkpoint: packed codes beside a scale, or master weights. */
final class HuggingFaceTernaryLayers implements TernaryLayers {

  private final ModelFile file;
  private final TernaryRule rule;
  private final Set<String> unconverted;

  /** @param unconverted modules that stay as they are; a layer belongs to one when its name contains the module's */
  HuggingFaceTernaryLayers(ModelFile file, TernaryRule rule, Set<String> unconverted) {
    this.file = file;
    this.rule = rule;
    this.unconverted = unconverted;
  }

  @Override
  public Optional<Source> source(String name, int rows, int cols) {
    Tensor tensor = file.requireTensor(name + ".weight");
    if (tensor.type() == TensorType.U8) {
      return Optional.of(packed(tensor, name, rows, cols));
    }
    if (rule == TernaryRule.TERNARISE && unconverted.stream().noneMatch(name::contains)) {
      return Optional.of(master(tensor, rows, cols));
    }
    return Optional.empty();
  }
}
