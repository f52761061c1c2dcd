/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.kernel.TernaryMatrix;
import java.util.List;

/**
 * A matrix that is ready for the kernels.
 *
 * @param scales what the integer results of each part of its recipe are multiplied with
 */
public record PackedMatrix(TernaryMatrix matrix, List<Float> scales) {

  /** Copies the list. */
  public PackedMatrix {
    scales = List.copyOf(scales);
  }
}
