/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.llm.bitnet.packed.MatrixRecipe;
import java.util.Optional;

/** Knows which linear layers of a checkpoint are ternary, and reads them. Safe for use by several threads. */
@FunctionalInterface
interface TernaryLayers {

  /**
   * The layer of a name, {@code [rows, cols]}; empty when it is not ternary. Looks at names, types and shapes; weights are read by
   * the result.
   *
   * @param name tensor name without {@code .weight}
   * @throws dev.trine.api.PlatformException when it is ternary and has another shape
   */
  Optional<MatrixRecipe.Part> source(String name, int rows, int cols);
}
