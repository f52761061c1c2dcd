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
import dev.trine.llm.bitnet.packed.MatrixRecipe;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
  public Optional<MatrixRecipe.Part> source(String name, int rows, int cols) {
    Tensor tensor = file.requireTensor(name + ".weight");
    if (tensor.type() == TensorType.U8) {
      return Optional.of(packed(tensor, name, rows, cols));
    }
    if (rule == TernaryRule.TERNARISE && unconverted.stream().noneMatch(name::contains)) {
      WeightLoader.requireShape(tensor, rows, cols);
      WeightLoader.refuseBias(file, name);
      var master = new MasterWeights(tensor);
      return Optional.of(new MatrixRecipe.Part(rule + " " + tensor, rows, cols, List.of(tensor),
          () -> master.absmean().scale(), master::row));
    }
    return Optional.empty();
  }

  private MatrixRecipe.Part packed(Tensor tensor, String name, int rows, int cols) {
    WeightLoader.requireShape(tensor, (rows + CODES_PER_BYTE - 1) / CODES_PER_BYTE, cols);
    WeightLoader.refuseBias(file, name);
    Tensor scale = file.requireTensor(name + ".weight_scale");
    boolean divides = switch (rule) {
      case MULTIPLY_BY_SCALE -> false;
      case DIVIDE_BY_SCALE -> true;
      case NONE, TERNARISE -> throw new PlatformException(StandardErrorCode.MODEL_INVALID, file.path() + ": tensor "
          + tensor.name()
          + " is packed, but config.json does not say how (quantization_config with quant_method bitnet)");
    };
    return new MatrixRecipe.Part(rule + " " + tensor + " " + scale, rows, cols, List.of(tensor, scale),
        () -> divides ? 1 / WeightLoader.scalar(scale) : WeightLoader.scalar(scale),
        (row, trits) -> TernaryCodes.packedRows(tensor, rows, row, 1, trits, 0));
  }

  /** Dense weights that become ternary by a rule that looks at all of them, once. */
  private static final class MasterWeights {
    private final Tensor tensor;
    private TernaryCodes.@Nullable Absmean absmean;

    MasterWeights(Tensor tensor) {
      this.tensor = tensor;
    }

    synchronized TernaryCodes.Absmean absmean() {
      TernaryCodes.Absmean known = absmean;
      if (known == null) {
        known = TernaryCodes.absmean(tensor);
        absmean = known;
      }
      return known;
    }

    void row(int row, byte[] trits) {
      TernaryCodes.absmeanRows(tensor, absmean(), row, 1, trits, 0);
    }
  }
}
