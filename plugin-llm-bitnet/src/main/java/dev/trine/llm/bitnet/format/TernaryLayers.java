/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import java.util.Optional;

/** Knows which linear layers of a checkpoint are ternary, and reads them. Safe for use by several threads. */
interface TernaryLayers {

  /** One ternary layer. */
  interface Source {
    /** Width of the output. */
    int rows();

    /** Width of the input. */
    int cols();

    /** What an integer result is multiplied with. */
    float weightScale();

    /** Reads one row as -1, 0 and 1 into {@code trits[0..cols)}. */
    void read(int row, byte[] trits);
  }

  /**
   * The layer of a name, {@code [rows, cols]}; empty when it is not ternary.
   *
   * @param name tensor name without {@code .weight}
   * @throws dev.trine.api.PlatformException when it is ternary and has another shape or is damaged
   */
  Optional<Source> source(String name, int rows, int cols);
}
