/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Lut4.CODES;
import static dev.trine.compute.kernel.vector.Lut4.GROUP_COLS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.LONG;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTES;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.exact;

/**
 * Matrix times several vectors by the method of the four Russians (Arlazarov, Dinic, Kronrod, Faradžev 1970): for a group
 * of 4 columns the 81 possible sums of activations are computed once for as many tokens as a vector has shorts; each row
 * then loads the one that its code names and adds it, 128 multiply-adds for one load and one addition of 512 bits. Loads and
 * additions are fast on every processor, so one loop serves all vector widths.
 *
 * <p>
 * Rows are taken in panels and groups in passes, such that a pass's tables stay in the first-level cache and a panel's sums
 * in the second. Codes of five trits are first turned into codes of four, a chunk of a panel at a time. Sums of a chunk, at most 256 * 127 = 32512, are exact in 16 bits; after each chunk they are widened.
 */
final class FourRussians {

  /** Tokens of a tile: one vector of shorts. */
  static final int TOKENS = BYTES / 2;

  private static final int PASS_GROUPS = 8;
  private static final int PANEL_BLOCKS = 24;
  private static final int PANEL_ROWS = PANEL_BLOCKS * BLOCK_ROWS;

  /** The tokens' sums as shorts: token t in the low half, token t + TOKENS / 2 in the high half of int t. */
  private static final int ENTRY_BYTES = TOKENS * Short.BYTES;
  private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(BYTES);
  private static final int TABLE_BYTES = CODES * ENTRY_BYTES;

  /** The four activations of a group as one int for each token. */
  private static final int INPUT_BYTES = TOKENS * Integer.BYTES;

  private static final int SUMS = PASS_GROUPS * TABLE_BYTES;
  private static final int WIDE_SUMS = SUMS + PANEL_ROWS * ENTRY_BYTES;
  private static final int CODES_OF_FOUR = WIDE_SUMS + PANEL_ROWS * TOKENS * Integer.BYTES;

  /** Groups of four in a chunk of groups of five. */
  private static final int FIVE_TRIT_GROUPS = TernaryLayout.TRIT5.chunkCols() / GROUP_COLS;

  /** Bytes of working memory. */
  static final int SCRATCH_BYTES = CODES_OF_FOUR + PANEL_ROWS * FIVE_TRIT_GROUPS;

  private static final VarHandle FOUR_BYTES = MethodHandles.byteArrayViewVarHandle(int[].class, ORDER);

  private FourRussians() {}

  /** Bytes of the inputs of a tile's tokens in one chunk of columns. */
  static int chunkInputBytes(TernaryLayout layout) {
    return layout.chunkCols() / GROUP_COLS * INPUT_BYTES;
  }

  /**
   * Brings a tile's activations in one chunk of columns into the order in which they are used; tokens and columns that do
   * not exist become zero.
   *
   * @param q activations of the chunk's first column from {@code offset} on, tokens {@code qStride} apart
   * @param count columns of the chunk that exist
   */
  static void prepareChunk(TernaryLayout layout, byte[] q, int offset, int qStride, int tokens, int count,
      long inputs) {
    inputs = Memory.known(inputs);
    int groups = layout.chunkCols() / GROUP_COLS;
    for (int t = 0; t < TOKENS; t++) {
      int from = offset + t * qStride;
      for (int g = 0; g < groups; g++) {
        int col = g * GROUP_COLS;
        int four = 0;
        if (t < tokens && col < count) {
          four = col + GROUP_COLS <= count
              ? (int) FOUR_BYTES.get(q, from + col)
              : fourOrFewer(q, from + col, count - col);
        }
        ALL.set(ValueLayout.JAVA_INT, inputs + (long) g * INPUT_BYTES + (long) t * Integer.BYTES, four);
      }
    }
  }

  /** Multiplies the rows of some blocks with a tile; the caller has checked all ranges. */
  static void multiply(TernaryMatrix w, long inputs, int tokens, int[] sums, int sumStride, int sumOffset,
      int fromBlock, int toBlock, long scratch) {
    int panels = (toBlock - fromBlock + PANEL_BLOCKS - 1) / PANEL_BLOCKS;
    for (int p = 0; p < panels; p++) {
      int panel = fromBlock + (toBlock - fromBlock) * p / panels;
      int blocks = fromBlock + (toBlock - fromBlock) * (p + 1) / panels - panel;
      multiplyPanel(w, inputs, panel, blocks, scratch);
      for (int b = 0; b < blocks; b++) {
        int firstRow = (panel + b) * BLOCK_ROWS;
        int rows = Math.min(BLOCK_ROWS, w.rows() - firstRow);
        long from = scratch + WIDE_SUMS + (long) b * BLOCK_ROWS * TOKENS * Integer.BYTES;
        for (int t = 0; t < tokens; t++) {
          store(from + (long) t * Integer.BYTES, sums, t * sumStride + sumOffset + firstRow, rows);
        }
      }
    }
  }

  private static void multiplyPanel(TernaryMatrix w, long inputs, int firstBlock, int blocks, long scratch) {
    int rows = blocks * BLOCK_ROWS;
    ALL.asSlice(scratch + SUMS, (long) rows * ENTRY_BYTES).fill((byte) 0);
    ALL.asSlice(scratch + WIDE_SUMS, (long) rows * TOKENS * Integer.BYTES).fill((byte) 0);
    boolean fives = w.layout() == TernaryLayout.TRIT5;
    int chunkGroups = w.layout().chunkCols() / GROUP_COLS;
    int tileBytes = w.layout().tileBytes();
    long packed = w.packed().address();
    for (int chunk = 0; chunk < w.chunks(); chunk++) {
      long tiles = packed + ((long) chunk * w.rowBlocks() + firstBlock) * tileBytes;
      if (fives) {
        for (int b = 0; b < blocks; b++) {
          FiveTritCodes.toGroupsOfFour(tiles + (long) b * tileBytes, w.layout().chunkGroups(),
              scratch + CODES_OF_FOUR + (long) b * chunkGroups * BLOCK_ROWS);
        }
        tiles = scratch + CODES_OF_FOUR;
      }
      long chunkInputs = inputs + (long) chunk * chunkGroups * INPUT_BYTES;
      for (int group = 0; group < chunkGroups; group += PASS_GROUPS) {
        for (int g = 0; g < PASS_GROUPS; g++) {
          build(chunkInputs + (long) (group + g) * INPUT_BYTES, scratch + (long) g * TABLE_BYTES);
        }
        for (int b = 0; b < blocks; b++) {
          addPass(tiles + ((long) b * chunkGroups + group) * BLOCK_ROWS, scratch,
              scratch + SUMS + (long) b * BLOCK_ROWS * ENTRY_BYTES);
        }
      }
      widen(scratch + SUMS, scratch + WIDE_SUMS, rows);
    }
  }

  private static int fourOrFewer(byte[] q, int offset, int count) {
    int four = 0;
    for (int c = Math.min(GROUP_COLS, count) - 1; c >= 0; c--) {
      four = four << 8 | (q[offset + c] & 0xff);
    }
    return four;
  }

  /**
   * The table of one group: entry {@code code} holds its sum for each token. Entries with a digit are made from those without it, which
   * are read back: a vector that a loop carries along is of no {@linkplain Species#exact exact} class.
   */
  private static void build(long inputs, long table) {
    inputs = Memory.known(inputs);
    table = Memory.known(table);
    IntVector low = IntVector.fromMemorySegment(INT, ALL, inputs, ORDER);
    IntVector high = IntVector.fromMemorySegment(INT, ALL, inputs + ENTRY_BYTES, ORDER);
    ShortVector q0 = exact(low.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts());
    ShortVector q1 = exact(low.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts());
    ShortVector q2 = exact(low.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts());
    ShortVector q3 = exact(low.lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.ASHR, 8).and(0xffff0000)).reinterpretAsShorts());
    q0.add(q1).add(q2).add(q3).neg().intoMemorySegment(ALL, table, ORDER);
    for (int entry = 1; entry < 3; entry++) {
      q0.add(ShortVector.fromMemorySegment(SHORT, ALL, table + (entry - 1L) * ENTRY_BYTES, ORDER))
          .intoMemorySegment(ALL, table + (long) entry * ENTRY_BYTES, ORDER);
    }
    for (int entry = 3; entry < 9; entry++) {
      q1.add(ShortVector.fromMemorySegment(SHORT, ALL, table + (entry - 3L) * ENTRY_BYTES, ORDER))
          .intoMemorySegment(ALL, table + (long) entry * ENTRY_BYTES, ORDER);
    }
    for (int entry = 9; entry < 27; entry++) {
      q2.add(ShortVector.fromMemorySegment(SHORT, ALL, table + (entry - 9L) * ENTRY_BYTES, ORDER))
          .intoMemorySegment(ALL, table + (long) entry * ENTRY_BYTES, ORDER);
    }
    for (int entry = 27; entry < CODES; entry++) {
      q3.add(ShortVector.fromMemorySegment(SHORT, ALL, table + (entry - 27L) * ENTRY_BYTES, ORDER))
          .intoMemorySegment(ALL, table + (long) entry * ENTRY_BYTES, ORDER);
    }
  }

  /** Adds a pass of 8 groups to the sums of 128 rows, in the order in which the matrix holds them. */
  private static void addPass(long weights, long tables, long sums) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    sums = Memory.known(sums);
    for (int eight = 0; eight < BLOCK_ROWS; eight += 8) {
      long w = weights + eight;
      long c0 = ALL.get(LONG, w);
      long c1 = ALL.get(LONG, w + BLOCK_ROWS);
      long c2 = ALL.get(LONG, w + 2L * BLOCK_ROWS);
      long c3 = ALL.get(LONG, w + 3L * BLOCK_ROWS);
      long c4 = ALL.get(LONG, w + 4L * BLOCK_ROWS);
      long c5 = ALL.get(LONG, w + 5L * BLOCK_ROWS);
      long c6 = ALL.get(LONG, w + 6L * BLOCK_ROWS);
      long c7 = ALL.get(LONG, w + 7L * BLOCK_ROWS);
      for (int row = 0; row < 8; row++) {
        long sum = sums + (long) (eight + row) * ENTRY_BYTES;
        long t0 = tables + ((c0 & 127) << ENTRY_SHIFT);
        long t1 = tables + ((c1 & 127) << ENTRY_SHIFT) + TABLE_BYTES;
        long t2 = tables + ((c2 & 127) << ENTRY_SHIFT) + 2L * TABLE_BYTES;
        long t3 = tables + ((c3 & 127) << ENTRY_SHIFT) + 3L * TABLE_BYTES;
        long t4 = tables + ((c4 & 127) << ENTRY_SHIFT) + 4L * TABLE_BYTES;
        long t5 = tables + ((c5 & 127) << ENTRY_SHIFT) + 5L * TABLE_BYTES;
        long t6 = tables + ((c6 & 127) << ENTRY_SHIFT) + 6L * TABLE_BYTES;
        long t7 = tables + ((c7 & 127) << ENTRY_SHIFT) + 7L * TABLE_BYTES;
        ShortVector s = exact(ShortVector.fromMemorySegment(SHORT, ALL, sum, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t0, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t2, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t4, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t6, ORDER));
        ShortVector t = exact(ShortVector.fromMemorySegment(SHORT, ALL, t1, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t3, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t5, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t7, ORDER));
        s.add(t).intoMemorySegment(ALL, sum, ORDER);
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

  /** Moves a chunk's sums to ints in token order and starts them again at zero. */
  private static void widen(long sums, long wideSums, int rows) {
    sums = Memory.known(sums);
    wideSums = Memory.known(wideSums);
    ShortVector zero = exact(ShortVector.zero(SHORT));
    for (int row = 0; row < rows; row++) {
      long from = sums + (long) row * ENTRY_BYTES;
      IntVector pairs = exact(ShortVector.fromMemorySegment(SHORT, ALL, from, ORDER)).reinterpretAsInts();
      zero.intoMemorySegment(ALL, from, ORDER);
      long to = wideSums + (long) row * TOKENS * Integer.BYTES;
      IntVector.fromMemorySegment(INT, ALL, to, ORDER)
          .add(pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .intoMemorySegment(ALL, to, ORDER);
      IntVector.fromMemorySegment(INT, ALL, to + ENTRY_BYTES, ORDER).add(pairs.lanewise(VectorOperators.ASHR, 16))
          .intoMemorySegment(ALL, to + ENTRY_BYTES, ORDER);
    }
  }

  /** One token's sums of a block, from the order of the matrix to that of the rows. */
  private static void store(long from, int[] sums, int offset, int rows) {
    from = Memory.known(from);
    for (int row = 0; row < rows; row++) {
      sums[offset + row] = ALL.get(ValueLayout.JAVA_INT,
          from + (long) TernaryMatrix.lane(row) * TOKENS * Integer.BYTES);
    }
  }
}
