/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.format.Tensor;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import java.util.List;

/**
 * What a packed matrix is made of: the rows of one ternary layer, or of several that share their input, one after the other.
 *
 * @param parts at least one, all of the same width of input
 */
public record MatrixRecipe(List<Part> parts) {

  /** Computes the factor of a layer's integer results; may read all of its weights. */
  @FunctionalInterface
  public interface Scale {
    float value();
  }

  /**
   * One ternary layer.
   *
   * @param description all that decides how the tensors are read: their names, types and shapes, and the rule. Two layers of equal
   *     tensors and description are equal
   * @param rows        width of the output
   * @param cols        width of the input
   * @param tensors     what codes and scale are read from
   * @param scale       what an integer result is multiplied with
   * @param codes       reads a row as -1, 0 and 1
   */
  public record Part(String description, int rows, int cols, List<Tensor> tensors, Scale scale,
      TernaryMatrix.RowSource codes) {

    /** A hash of the tensors' bytes. */
    long contentHash(CacheKey key) {
      return key.combine(tensors.stream().mapToLong(tensor -> key.hash(tensor.data())).toArray());
    }
  }

  /** Copies the list. */
  public MatrixRecipe {
    parts = List.copyOf(parts);
  }

  /** Width of the input. */
  int cols() {
    return parts.getFirst().cols();
  }

  /** Width of all outputs together. */
  int rows() {
    return parts.stream().mapToInt(Part::rows).sum();
  }

  /** Size of the packed matrix. */
  public long packedBytes(TernaryLayout layout) {
    return TernaryMatrix.packedBytes(layout, rows(), cols());
  }

  /** Writes one row of the matrix. */
  void row(int row, byte[] trits) {
    int inPart = row;
    for (Part part : parts) {
      if (inPart < part.rows()) {
        part.codes().row(inPart, trits);
        return;
      }
      inPart -= part.rows();
    }
    throw new IndexOutOfBoundsException(row);
  }

  /** The scales of the parts, in order. */
  List<Float> scales() {
    return parts.stream().map(part -> part.scale().value()).toList();
  }

  /** A hash of the bytes of all tensors. */
  long contentHash(CacheKey key) {
    return key.combine(parts.stream().mapToLong(part -> part.contentHash(key)).toArray());
  }
}
