/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryMatrix;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Lut4.CHUNK_GROUPS;
import static dev.trine.compute.kernel.vector.Lut4.CODES;
import static dev.trine.compute.kernel.vector.Lut4.GROUP_COLS;
import static dev.trine.compute.kernel.vector.Lut4.TILE_BYTES;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.LONG;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTES;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.SHORT;

/**
 * Matrix times several vectors by the method of the four Russians (Arlazarov, Dinic, Kronrod, Faradžev 1970): for a group
 * of 4 columns the 81 possible sums of activations are computed once for as many tokens as a vector has shorts; each row
 * then loads the one that its code names and adds it, 128 multiply-adds for one load and one addition of 512 bits. Loads and
 * additions are fast on every processor, so one loop serves all vector widths.
 *
 * <p>
 * Rows are taken in panels and groups in passes, such that a pass's tables stay in the first-level cache and a panel's sums
 * in the second. Sums of a chunk, at most 256 * 127 = 32512, are exact in 16 bits; after each chunk they are widened.
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
  private static final int INPUTS = WIDE_SUMS + PANEL_ROWS * TOKENS * Integer.BYTES;

  /** Bytes of working memory. */
  static final int SCRATCH_BYTES = INPUTS + PASS_GROUPS * INPUT_BYTES;

  private static final VarHandle FOUR_BYTES = MethodHandles.byteArrayViewVarHandle(int[].class, ORDER);

  private FourRussians() {}

  /** Multiplies the rows of some blocks; the caller has checked all ranges. */
  static void multiply(TernaryMatrix w, byte[] q, int qStride, int tokens, int[] sums, int sumStride, int sumOffset,
      int fromBlock, int toBlock, long scratch) {
    int panels = (toBlock - fromBlock + PANEL_BLOCKS - 1) / PANEL_BLOCKS;
    for (int p = 0; p < panels; p++) {
      int panel = fromBlock + (toBlock - fromBlock) * p / panels;
      int blocks = fromBlock + (toBlock - fromBlock) * (p + 1) / panels - panel;
      multiplyPanel(w, q, qStride, tokens, panel, blocks, scratch);
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

  private static void multiplyPanel(TernaryMatrix w, byte[] q, int qStride, int tokens, int firstBlock, int blocks,
      long scratch) {
    int rows = blocks * BLOCK_ROWS;
    ALL.asSlice(scratch + SUMS, (long) rows * ENTRY_BYTES).fill((byte) 0);
    ALL.asSlice(scratch + WIDE_SUMS, (long) rows * TOKENS * Integer.BYTES).fill((byte) 0);
    long packed = w.packed().address();
    for (int chunk = 0; chunk < w.chunks(); chunk++) {
      long tiles = packed + ((long) chunk * w.rowBlocks() + firstBlock) * TILE_BYTES;
      for (int group = 0; group < CHUNK_GROUPS; group += PASS_GROUPS) {
        gather(q, qStride, tokens, (chunk * CHUNK_GROUPS + group) * GROUP_COLS, w.cols(), scratch + INPUTS);
        for (int g = 0; g < PASS_GROUPS; g++) {
          build(scratch + INPUTS + (long) g * INPUT_BYTES, scratch + (long) g * TABLE_BYTES);
        }
        for (int b = 0; b < blocks; b++) {
          addPass(tiles + (long) b * TILE_BYTES + (long) group * BLOCK_ROWS, scratch,
              scratch + SUMS + (long) b * BLOCK_ROWS * ENTRY_BYTES);
        }
      }
      widen(scratch + SUMS, scratch + WIDE_SUMS, rows);
    }
  }

  /** The inputs of a pass; tokens and columns that do not exist are zero. */
  private static void gather(byte[] q, int qStride, int tokens, int firstCol, int cols, long inputs) {
    boolean whole = firstCol + PASS_GROUPS * GROUP_COLS <= cols;
    for (int t = 0; t < TOKENS; t++) {
      for (int g = 0; g < PASS_GROUPS; g++) {
        int col = firstCol + g * GROUP_COLS;
        int four = 0;
        if (t < tokens) {
          four = whole ? (int) FOUR_BYTES.get(q, t * qStride + col) : fourOrFewer(q, t * qStride + col, cols - col);
        }
        ALL.set(ValueLayout.JAVA_INT, inputs + (long) g * INPUT_BYTES + (long) t * Integer.BYTES, four);
      }
    }
  }

  private static int fourOrFewer(byte[] q, int offset, int count) {
    int four = 0;
    for (int c = Math.min(GROUP_COLS, count) - 1; c >= 0; c--) {
      four = four << 8 | (q[offset + c] & 0xff);
    }
    return four;
  }

  /** The table of one group: entry {@code code} holds its sum for each token. */
  private static void build(long inputs, long table) {
    IntVector low = IntVector.fromMemorySegment(INT, ALL, inputs, ORDER);
    IntVector high = IntVector.fromMemorySegment(INT, ALL, inputs + ENTRY_BYTES, ORDER);
    ShortVector q0 = low.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts();
    ShortVector q1 = low.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts();
    ShortVector q2 = low.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8).and(0xffff0000))
        .reinterpretAsShorts();
    ShortVector q3 = low.lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.ASHR, 8).and(0xffff0000)).reinterpretAsShorts();
    ShortVector sum3 = q0.add(q1).add(q2).add(q3).neg();
    long entry = table;
    for (int d3 = 0; d3 < 3; d3++) {
      ShortVector sum2 = sum3;
      for (int d2 = 0; d2 < 3; d2++) {
        ShortVector sum1 = sum2;
        for (int d1 = 0; d1 < 3; d1++) {
          sum1.intoMemorySegment(ALL, entry, ORDER);
          ShortVector sum0 = sum1.add(q0);
          sum0.intoMemorySegment(ALL, entry + ENTRY_BYTES, ORDER);
          sum0.add(q0).intoMemorySegment(ALL, entry + 2L * ENTRY_BYTES, ORDER);
          entry += 3L * ENTRY_BYTES;
          sum1 = sum1.add(q1);
        }
        sum2 = sum2.add(q2);
      }
      sum3 = sum3.add(q3);
    }
  }

  /** Adds a pass of 8 groups to the sums of 128 rows, in the order in which the matrix holds them. */
  private static void addPass(long weights, long tables, long sums) {
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
        ShortVector s = ShortVector.fromMemorySegment(SHORT, ALL, sum, ORDER)
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t0, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t2, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t4, ORDER))
            .add(ShortVector.fromMemorySegment(SHORT, ALL, t6, ORDER));
        ShortVector t = ShortVector.fromMemorySegment(SHORT, ALL, t1, ORDER)
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
    ShortVector zero = ShortVector.zero(SHORT);
    for (int row = 0; row < rows; row++) {
      long from = sums + (long) row * ENTRY_BYTES;
      IntVector pairs = ShortVector.fromMemorySegment(SHORT, ALL, from, ORDER).reinterpretAsInts();
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
    for (int row = 0; row < rows; row++) {
      sums[offset + row] = ALL.get(ValueLayout.JAVA_INT,
          from + (long) TernaryMatrix.lane(row) * TOKENS * Integer.BYTES);
    }
  }
}
