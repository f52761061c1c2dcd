/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;

/**
 * A dense matrix in native memory, often a part of a mapped file: {@code [rows, cols]}, row-major, no alignment needed. The
 * memory belongs to whoever opened it and must outlive every call that uses the matrix.
 */
public final class DenseMatrix {

  private final DenseType type;
  private final int rows;
  private final int cols;
  private final long rowBytes;
  private final MemorySegment data;
  /** For half precision: rows that were found to hold finite values only. Threads may find out twice, with the same result. */
  private final byte[] finiteRows;

  /**
   * A view of memory that is already in place.
   *
   * @param data exactly {@code rows * type.rowBytes(cols)} bytes of native memory
   * @throws IllegalArgumentException when sizes do not fit together or the memory is on the heap
   */
  public DenseMatrix(DenseType type, int rows, int cols, MemorySegment data) {
    if (rows < 1 || cols < 1) {
      throw new IllegalArgumentException(
          "a matrix has at least one row and one column, not [" + rows + ", " + cols + "]");
    }
    this.rowBytes = type.rowBytes(cols);
    long expected = rowBytes * rows;
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          type + " [" + rows + ", " + cols + "] needs " + expected + " bytes, not " + data.byteSize());
    }
    if (!data.isNative()) {
      throw new IllegalArgumentException("the weights of a matrix must lie in native memory");
    }
    this.type = type;
    this.rows = rows;
    this.cols = cols;
    this.data = data.asReadOnly();
    this.finiteRows = new byte[type == DenseType.F16 ? rows : 0];
  }

  /** How weights are stored. */
  public DenseType type() {
    return type;
  }

  /** Number of outputs. */
  public int rows() {
    return rows;
  }

  /** Number of inputs. */
  public int cols() {
    return cols;
  }

  /** Bytes from one row to the next. */
  public long rowBytes() {
    return rowBytes;
  }

  /** The weights, read-only. */
  public MemorySegment data() {
    return data;
  }

  /** Whether a row of half-precision values is known to hold no infinity and no NaN. */
  public boolean isKnownFinite(int row) {
    return finiteRows[row] != 0;
  }

  /** Notes that a kernel has seen a whole row of half-precision values, all of them finite. */
  public void noteFinite(int row) {
    finiteRows[row] = 1;
  }
}
