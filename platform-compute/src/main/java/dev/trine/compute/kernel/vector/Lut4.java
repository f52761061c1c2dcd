/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryMatrix;

/** The numbers of {@link dev.trine.compute.kernel.TernaryLayout#LUT4} as constants that the compiler folds. */
final class Lut4 {

  static final int GROUP_COLS = 4;
  static final int CHUNK_GROUPS = 64;
  static final int CHUNK_COLS = GROUP_COLS * CHUNK_GROUPS;
  static final int TILE_BYTES = CHUNK_GROUPS * TernaryMatrix.BLOCK_ROWS;

  /** Number of values of a group of four trits. */
  static final int CODES = 81;

  private Lut4() {}
}
