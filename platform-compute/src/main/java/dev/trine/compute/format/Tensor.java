/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * One named tensor of a model file: a view of mapped memory, read-only, valid as long as the arena that the file was opened
 * with. The shape is row-major, slowest dimension first, so that the weight of a linear layer is [rows=out, cols=in] in
 * either format (GGUF stores dimensions the other way round). The reader has checked that shape, type and size agree.
 */
public final class Tensor {

  private final String name;
  private final TensorType type;
  private final Shape shape;
  private final MemorySegment data;
  private final Path file;

  Tensor(String name, TensorType type, Shape shape, MemorySegment data, Path file) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.data = data;
    this.file = file;
  }

  public String name() {
    return name;
  }

  public TensorType type() {
    return type;
  }

  /** Number of dimensions; 0 for a scalar. */
  public int dimensionCount() {
    return shape.dimensionCount();
  }

  /**
   * One dimension.
   *
   * @param index 0 for the slowest, up to {@link #dimensionCount()} exclusive
   */
  public long dimension(int index) {
    return shape.dimension(index);
  }

  /** Product of all dimensions but the last; 1 for vectors and scalars. */
  public long rows() {
    return shape.rows();
  }

  /** The last dimension, contiguous in memory; 1 for a scalar. */
  public long cols() {
    return shape.cols();
  }

  /** Number of values; possibly 0. */
  public long elementCount() {
    return shape.elementCount();
  }

  /** The bytes as the file has them, {@code type().byteSize(elementCount())} of them, at any alignment. */
  public MemorySegment data() {
    return data;
  }

  /** The file that holds the bytes: of a model in several files, one of them. */
  public Path file() {
    return file;
  }

  /** Name, type and shape, for messages. */
  @Override
  public String toString() {
    return FormatErrors.quote(name) + " " + type.displayName() + " " + shape;
  }
}
