/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.util.Arrays;

/** A checked row-major shape: no negative dimension, and a product that fits 63 bits. */
final class Shape {

  private final long[] dimensions;
  private final long elementCount;

  /**
   * @param dimensions slowest first
   * @throws ArithmeticException if a dimension is negative or the product does not fit 63 bits
   */
  Shape(long... dimensions) {
    this.dimensions = dimensions.clone();
    long product = 1;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw new ArithmeticException("negative dimension");
      }
      product = Math.multiplyExact(product, dimension);
    }
    this.elementCount = product;
  }

  int dimensionCount() {
    return dimensions.length;
  }

  long dimension(int index) {
    return dimensions[index];
  }

  long elementCount() {
    return elementCount;
  }

  /** Length of a row: the last dimension, or 1 for a scalar. */
  long cols() {
    return dimensions.length == 0 ? 1 : dimensions[dimensions.length - 1];
  }

  /** Product of all dimensions but the last. */
  long rows() {
    long product = 1;
    for (int i = 0; i + 1 < dimensions.length; i++) {
      product *= dimensions[i];
    }
    return product;
  }

  @Override
  public String toString() {
    return Arrays.toString(dimensions);
  }
}
