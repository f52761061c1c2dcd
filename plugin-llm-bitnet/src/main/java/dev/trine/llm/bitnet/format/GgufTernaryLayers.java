/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TernaryCodes;
import dev.trine.llm.bitnet.packed.MatrixRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ternary layers of a GGUF file. TQ1_0 and TQ2_0 have a scale for each 256 weights; where all of a tensor are equal, it is the
 * scale of a BitNet layer, and the layer is computed as it was trained, with one quantisation of the activations for a row.
 */
final class GgufTernaryLayers implements TernaryLayers {

  private final Gguf file;

  GgufTernaryLayers(Gguf file) {
    this.file = file;
  }

  @Override
  public Optional<MatrixRecipe.Part> source(String name, int rows, int cols) {
    Tensor tensor = file.requireTensor(name + ".weight");
    if (!tensor.type().isTernary()) {
      return Optional.empty();
    }
    WeightLoader.requireShape(tensor, rows, cols);
    WeightLoader.refuseBias(file, name);
    Optional<Tensor> factor = file.tensor(name + ".scale");
    var tensors = new ArrayList<>(List.of(tensor));
    factor.ifPresent(tensors::add);
    return Optional.of(new MatrixRecipe.Part(tensors.toString(), rows, cols, List.copyOf(tensors),
        () -> scale(tensor) * factor.map(WeightLoader::scalar).orElse(1f),
        (row, trits) -> TernaryCodes.rows(tensor, row, 1, trits, 0)));
  }

  private static float scale(Tensor tensor) {
    return (float) TernaryCodes.uniformScale(tensor).orElseThrow(
        () -> new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, tensor.file() + ": tensor " + tensor.name()
            + " has different scales for its blocks; ternary layers with one scale can be run"));
  }
}
