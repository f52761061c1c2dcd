/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.compute.kernel.TernaryMatrix;
import java.util.Optional;

/** Knows which linear layers of a checkpoint are ternary, and reads them. Safe for use by several threads. */
@FunctionalInterface
interface TernaryLayers {

  /**
   * One ternary layer.
   *
   * @param rows        width of the output
   * @param cols        width of the input
   * @param weightScale what an integer result is multiplied with
   * @param codes       reads a row as -1, 0 and 1
   */
  record Source(int rows, int cols, float weightScale, TernaryMatrix.RowSource codes) {}

  /**
   * The layer of a name, {@code [rows, cols]}; empty when it is not ternary.
   *
   * @param name tensor name without {@code .weight}
   * @throws dev.trine.api.PlatformException when it is ternary and has another shape or is damaged
   */
  Optional<Source> source(String name, int rows, int cols);
}
