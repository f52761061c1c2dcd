/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;

/**
 * How one vector width multiplies a matrix and a vector. Addresses are absolute and checked by the caller.
 */
interface TernaryDecode {

  /** The layout of the weights. */
  TernaryLayout layout();

  /** Bytes of lookup tables for one chunk of columns, a multiple of 64. */
  int chunkTableBytes();

  /**
   * Builds the tables of one chunk.
   *
   * @param q activations of the chunk's columns from {@code offset} on
   * @param count columns of the chunk that exist, at least 1; the others count as zero
   */
  void prepareChunk(byte[] q, int offset, int count, long tables);

  /** Adds the products of one chunk with one block of rows to {@code sums[offset..offset + 128)}. */
  void addTile(long weights, long tables, int[] sums, int offset);
}
