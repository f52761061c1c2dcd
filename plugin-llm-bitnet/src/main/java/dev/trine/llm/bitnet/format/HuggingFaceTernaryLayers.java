/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.format.ModelFile;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TensorType;
import dev.trine.compute.format.TernaryCodes;
import java.util.Optional;
import java.util.Set;

/** Ternary layers of a safetensors checkpoint: packed codes beside a scale, or master weights. */
final class HuggingFaceTernaryLayers implements TernaryLayers {

  private static final int CODES_PER_BYTE = 4;

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
      WeightLoader.requireShape(tensor, rows, cols);
      WeightLoader.refuseBias(file, name);
      var absmean = TernaryCodes.absmean(tensor);
      return Optional.of(new Source(rows, cols, absmean.scale(),
          (row, trits) -> TernaryCodes.absmeanRows(tensor, absmean, row, 1, trits, 0)));
    }
    return Optional.empty();
  }

  private Source packed(Tensor tensor, String name, int rows, int cols) {
    WeightLoader.requireShape(tensor, (rows + CODES_PER_BYTE - 1) / CODES_PER_BYTE, cols);
    WeightLoader.refuseBias(file, name);
    float scale = WeightLoader.scalar(file.requireTensor(name + ".weight_scale"));
    float weightScale = switch (rule) {
      case MULTIPLY_BY_SCALE -> scale;
      case DIVIDE_BY_SCALE -> 1 / scale;
      case NONE, TERNARISE -> throw new PlatformException(StandardErrorCode.MODEL_INVALID, file.path() + ": tensor "
          + tensor.name()
          + " is packed, but config.json does not say how (quantization_config with quant_method bitnet)");
    };
    return new Source(rows, cols, weightScale,
        (row, trits) -> TernaryCodes.packedRows(tensor, rows, row, 1, trits, 0));
  }
}
