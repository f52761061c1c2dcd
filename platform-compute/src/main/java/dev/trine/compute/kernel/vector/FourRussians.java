/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.GroupTables.TABLE_BYTES;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTES;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORTS;
import static dev.trine.compute.kernel.vector.TokenTile.ENTRY_BYTES;
import static dev.trine.compute.kernel.vector.TokenTile.TOKENS;

/**
 * Matrix times several vectors by the method of the four Russians (Arlazarov, Dinic, Kronrod, Faradžev 1970): for a group
 * of 4 or 5 columns all possible sums of activations are computed once for as many tokens as a vector has shorts; each row
 * then loads the one that its code names and adds it, 128 or 160 multiply-adds for one load and one addition of 512 bits. Loads and
 * additions are fast on every processor, so one loop serves all vector widths.
 *
 * <p>
 * Rows are taken in panels and groups in passes, such that a pass's tables and a panel's sums stay in the second-level cache. Sums are kept
 * in 16 bits for as long as the activations' magnitudes say that they are exact whatever the weights, and then widened.
 */
final class FourRussians {

  /** Tiles that are multiplied together, so that the weights are read once for them. */
  static final int MOST_TILES = 2;

  private static final int PASS_GROUPS = 8;
  private static final int PANEL_BLOCKS = 24;
  private static final int PANEL_ROWS = PANEL_BLOCKS * BLOCK_ROWS;
  private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(BYTES);

  /** Rows that are stored together, so that a token's sums fill lines of the cache. */
  private static final int STORED_ROWS = 16;
  /** How far apart they lie. */
  private static final int LANE_STEP = TernaryMatrix.lane(1);

  private static final int SUM_BYTES = PANEL_ROWS * ENTRY_BYTES;
  private static final int WIDE_BYTES = PANEL_ROWS * TOKENS * Integer.BYTES;

  /** Where things lie in the working memory, behind the tables of a pass. */
  private static final int SUMS = PASS_GROUPS * TABLE_BYTES;
  private static final int WIDE_SUMS = SUMS + MOST_TILES * SUM_BYTES;
  private static final int BOUNDS = WIDE_SUMS + MOST_TILES * WIDE_BYTES;
  private static final int WEIGHTS = BOUNDS + ENTRY_BYTES;

  /** Bytes of working memory. */
  static final int SCRATCH_BYTES = WEIGHTS
      + PANEL_BLOCKS * Math.max(TernaryLayout.LUT4.tileBytes(), TernaryLayout.TRIT5.tileBytes());

  private FourRussians() {}

  /**
   * Multiplies the rows of some blocks with one or two tiles; the caller has checked all ranges.
   *
   * @param inputs the first tile; the next is {@code tileBytes} further on
   */
  static void multiply(TernaryMatrix w, long inputs, long tileBytes, int tokens, int[] sums, int sumStride,
      int sumOffset, int fromBlock, int toBlock, long scratch) {
    int tiles = (tokens + TOKENS - 1) / TOKENS;
    int panels = (toBlock - fromBlock + PANEL_BLOCKS - 1) / PANEL_BLOCKS;
    for (int p = 0; p < panels; p++) {
      int panel = fromBlock + (toBlock - fromBlock) * p / panels;
      int blocks = fromBlock + (toBlock - fromBlock) * (p + 1) / panels - panel;
      multiplyPanel(w, inputs, tileBytes, tiles, panel, blocks, scratch);
      for (int tile = 0; tile < tiles; tile++) {
        int first = tile * TOKENS;
        store(scratch + WIDE_SUMS + (long) tile * WIDE_BYTES, Math.min(TOKENS, tokens - first), sums,
            sumOffset + first * sumStride, sumStride, panel * BLOCK_ROWS,
            Math.min((panel + blocks) * BLOCK_ROWS, w.rows()));
      }
    }
  }

  /** The panel's weights are copied first, all of a chunk at once, for they are then read in pieces, again and again. */
  private static void multiplyPanel(TernaryMatrix w, long inputs, long tileBytes, int tiles, int firstBlock, int blocks,
      long scratch) {
    TernaryLayout layout = w.layout();
    int rows = blocks * BLOCK_ROWS;
    for (int tile = 0; tile < tiles; tile++) {
      Memory.clear(scratch + SUMS + (long) tile * SUM_BYTES, (long) rows * ENTRY_BYTES);
      Memory.clear(scratch + WIDE_SUMS + (long) tile * WIDE_BYTES, (long) rows * TOKENS * Integer.BYTES);
      Memory.putInt(scratch + BOUNDS + (long) tile * Integer.BYTES, 0);
    }
    int chunkBytes = TokenTile.chunkBytes(layout);
    long panelBytes = (long) blocks * layout.tileBytes();
    for (int chunk = 0; chunk < w.chunks(); chunk++) {
      long from = ((long) chunk * w.rowBlocks() + firstBlock) * layout.tileBytes();
      Memory.copy(Memory.address(w.packed()) + from, scratch + WEIGHTS, panelBytes);
      for (int tile = 0; tile < tiles; tile++) {
        long columns = inputs + tile * tileBytes + (long) chunk * chunkBytes;
        long tileSums = scratch + SUMS + (long) tile * SUM_BYTES;
        long boundOfSums = scratch + BOUNDS + (long) tile * Integer.BYTES;
        int bound = TokenTile.bound(layout, columns);
        int boundSoFar = Memory.getInt(boundOfSums);
        if (boundSoFar + bound > Short.MAX_VALUE) {
          widen(tileSums, scratch + WIDE_SUMS + (long) tile * WIDE_BYTES, rows);
          boundSoFar = 0;
        }
        Memory.putInt(boundOfSums, boundSoFar + bound);
        addChunk(layout, columns, blocks, scratch, tileSums);
      }
    }
    for (int tile = 0; tile < tiles; tile++) {
      widen(scratch + SUMS + (long) tile * SUM_BYTES, scratch + WIDE_SUMS + (long) tile * WIDE_BYTES, rows);
    }
  }

  /** Adds the products of one chunk of columns to the sums of a panel. */
  private static void addChunk(TernaryLayout layout, long columns, int blocks, long scratch, long sums) {
    int tileBytes = layout.tileBytes();
    for (int group = 0; group < layout.chunkGroups(); group += PASS_GROUPS) {
      for (int g = 0; g < PASS_GROUPS; g++) {
        GroupTables.build(layout, columns + (long) (group + g) * layout.groupCols() * ENTRY_BYTES,
            scratch + (long) g * TABLE_BYTES);
      }
      for (int b = 0; b < blocks; b++) {
        addPass(scratch + WEIGHTS + (long) b * tileBytes + (long) group * BLOCK_ROWS, scratch,
            sums + (long) b * BLOCK_ROWS * ENTRY_BYTES);
      }
    }
  }

  /** Adds a pass of 8 groups to the sums of 128 rows, in the order in which the matrix holds them. */
  private static void addPass(long weights, long tables, long sums) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    sums = Memory.known(sums);
    for (int eight = 0; eight < BLOCK_ROWS; eight += 8) {
      long w = weights + eight;
      long c0 = Memory.getLong(w);
      long c1 = Memory.getLong(w + BLOCK_ROWS);
      long c2 = Memory.getLong(w + 2L * BLOCK_ROWS);
      long c3 = Memory.getLong(w + 3L * BLOCK_ROWS);
      long c4 = Memory.getLong(w + 4L * BLOCK_ROWS);
      long c5 = Memory.getLong(w + 5L * BLOCK_ROWS);
      long c6 = Memory.getLong(w + 6L * BLOCK_ROWS);
      long c7 = Memory.getLong(w + 7L * BLOCK_ROWS);
      for (int row = 0; row < 8; row++) {
        long sum = sums + (long) (eight + row) * ENTRY_BYTES;
        long t0 = tables + ((c0 & 255) << ENTRY_SHIFT);
        long t1 = tables + ((c1 & 255) << ENTRY_SHIFT) + TABLE_BYTES;
        long t2 = tables + ((c2 & 255) << ENTRY_SHIFT) + 2L * TABLE_BYTES;
        long t3 = tables + ((c3 & 255) << ENTRY_SHIFT) + 3L * TABLE_BYTES;
        long t4 = tables + ((c4 & 255) << ENTRY_SHIFT) + 4L * TABLE_BYTES;
        long t5 = tables + ((c5 & 255) << ENTRY_SHIFT) + 5L * TABLE_BYTES;
        long t6 = tables + ((c6 & 255) << ENTRY_SHIFT) + 6L * TABLE_BYTES;
        long t7 = tables + ((c7 & 255) << ENTRY_SHIFT) + 7L * TABLE_BYTES;
        ShortVector s = Memory.shorts(sum)
            .add(Memory.shorts(t0))
            .add(Memory.shorts(t2))
            .add(Memory.shorts(t4))
            .add(Memory.shorts(t6));
        ShortVector t = Memory.shorts(t1)
            .add(Memory.shorts(t3))
            .add(Memory.shorts(t5))
            .add(Memory.shorts(t7));
        s.add(t).intoMemorySegment(ALL, Memory.at(sum, BYTES), ORDER);
        c0 >>>= 8;
        c1 >>>= 8;
        c2 >>>= 8;
        c3 >>>= 8;
        c4 >>>= 8;
        c5 >>>= 8;
        c6 >>>= 8;
        c7 >>>= 8;
      }
    }
  }

  /** Adds the sums to ints in token order and starts them again at zero. */
  private static void widen(long sums, long wideSums, int rows) {
    sums = Memory.known(sums);
    wideSums = Memory.known(wideSums);
    ShortVector zero = SHORTS.cast(ShortVector.zero(SHORT));
    for (int row = 0; row < rows; row++) {
      long from = sums + (long) row * ENTRY_BYTES;
      IntVector pairs = Memory.shorts(from).reinterpretAsInts();
      zero.intoMemorySegment(ALL, Memory.at(from, BYTES), ORDER);
      long to = wideSums + (long) row * TOKENS * Integer.BYTES;
      Memory.ints(to)
          .add(pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .intoMemorySegment(ALL, Memory.at(to, BYTES), ORDER);
      Memory.ints(to + ENTRY_BYTES).add(pairs.lanewise(VectorOperators.ASHR, 16))
          .intoMemorySegment(ALL, Memory.at(to + ENTRY_BYTES, BYTES), ORDER);
    }
  }

  /** Copies a tile's sums of a panel. */
  private static void store(long wideSums, int tokens, int[] sums, int offset, int stride, int fromRow, int toRow) {
    for (int row = fromRow; row < toRow; row += STORED_ROWS) {
      int block = (row - fromRow) / BLOCK_ROWS * BLOCK_ROWS;
      long from = wideSums + (block + TernaryMatrix.lane(row % BLOCK_ROWS)) * (long) TOKENS * Integer.BYTES;
      storeRows(from, tokens, sums, offset + row, stride, Math.min(STORED_ROWS, toRow - row));
    }
  }

  /** All tokens' sums of some rows in their order, which lie four apart in that of the matrix. */
  private static void storeRows(long from, int tokens, int[] sums, int offset, int stride, int rows) {
    from = Memory.known(from);
    for (int t = 0; t < tokens; t++) {
      for (int row = 0; row < rows; row++) {
        sums[offset + t * stride + row] = Memory
            .getInt(from + (long) t * Integer.BYTES + (long) row * LANE_STEP * TOKENS * Integer.BYTES);
      }
    }
  }
}
