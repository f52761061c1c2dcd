/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Packs one block of 128 rows after the other on the heap, where loops over bytes are fast. */
final class TernaryPacker {

  private final TernaryLayout layout;
  private final int cols;
  /** The codes of a block, [chunk][group][row in block]. */
  private final byte[] codes;
  private final byte[] row;
  /** A row, with zeros behind it that make its last group whole. */
  private final byte[] trits;

  TernaryPacker(TernaryLayout layout, int cols) {
    this.layout = layout;
    this.cols = cols;
    codes = new byte[Math.multiplyExact(layout.chunks(cols), layout.tileBytes())];
    row = new byte[cols];
    trits = new byte[(cols + layout.groupCols() - 1) / layout.groupCols() * layout.groupCols()];
  }

  /** Packs rows {@code [firstRow, firstRow + count)}; the other rows of the block are padding. */
  void pack(TernaryMatrix.RowSource source, int firstRow, int count) {
    Arrays.fill(codes, layout.zeroCode());
    for (int r = 0; r < count; r++) {
      source.row(firstRow + r, row);
      checkTrits(firstRow + r);
      System.arraycopy(row, 0, trits, 0, cols);
      int lane = TernaryMatrix.lane(r);
      switch (layout) {
        case LUT4 -> packFours(trits, codes, lane);
        case TRIT5 -> packFives(trits, codes, lane);
      }
    }
  }

  /** See {@link TernaryLayout#LUT4}. */
  private static void packFours(byte[] trits, byte[] codes, int lane) {
    for (int c = 0, at = lane; c < trits.length; c += 4, at += TernaryMatrix.BLOCK_ROWS) {
      codes[at] = (byte) (trits[c] + 3 * trits[c + 1] + 9 * trits[c + 2] + 27 * trits[c + 3] + 40);
    }
  }

  /** See {@link TernaryLayout#TRIT5}. */
  private static void packFives(byte[] trits, byte[] codes, int lane) {
    for (int c = 0, at = lane; c < trits.length; c += 5, at += TernaryMatrix.BLOCK_ROWS) {
      int value = trits[c] + 3 * trits[c + 1] + 9 * trits[c + 2] + 27 * trits[c + 3] + 81 * trits[c + 4];
      codes[at] = (byte) (value < 0 ? 0x80 | -value : value);
    }
  }

  private void checkTrits(int index) {
    int seen = 0;
    for (byte trit : row) {
      // 1, 2 and 3 for what is allowed; anything else sets a higher bit.
      seen |= ((trit + 1) & 0xFF) + 1;
    }
    if ((seen & ~3) == 0) {
      return;
    }
    int c = 0;
    while (row[c] >= -1 && row[c] <= 1) {
      c++;
    }
    throw new PlatformException(StandardErrorCode.MODEL_INVALID,
        "a ternary weight is -1, 0 or 1, but row " + index + ", column " + c + " holds " + row[c]);
  }

  /** Copies the codes of a chunk to their place. */
  void copyTile(int chunk, MemorySegment target, long offset) {
    MemorySegment.copy(codes, chunk * layout.tileBytes(), target, ValueLayout.JAVA_BYTE, offset, layout.tileBytes());
  }
}
