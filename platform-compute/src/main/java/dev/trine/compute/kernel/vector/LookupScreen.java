/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.ScreenChecks;
import dev.trine.compute.kernel.ScreenKernel;
import dev.trine.compute.kernel.ScreenMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_COLS;
import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_PAIRS;
import static dev.trine.compute.kernel.ScreenMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.ScreenMatrix.CODES;
import static dev.trine.compute.kernel.ScreenMatrix.LEVELS;
import static dev.trine.compute.kernel.ScreenMatrix.MAX_LEVEL;
import static dev.trine.compute.kernel.ScreenMatrix.PAIR_COLS;
import static dev.trine.compute.kernel.ScreenMatrix.PANEL_BLOCKS;
import static dev.trine.compute.kernel.ScreenMatrix.TILE_BYTES;
import static dev.trine.compute.kernel.ScreenMatrix.TILE_CODE_BYTES;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.CHECKED;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_256;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;
import static dev.trine.compute.kernel.vector.Species.INTS_512;
import static dev.trine.compute.kernel.vector.Species.INT_512;
import static dev.trine.compute.kernel.vector.Species.SHORTS_512;
import static dev.trine.compute.kernel.vector.Species.SHORT_512;

/**
 * Screening by table look-up in two 512-bit registers (AVX-512 VBMI), after the manner of {@link LookupDecode}: for each pair of columns
 * the 121 possible sums, -1000..1000, shifted to 0..2000 and split into a low digit of 5 bits and a high one of 6. Four digits fit a
 * byte, the 32 of a block 16 bits.
 */
final class LookupScreen implements ScreenKernel {

  private static final int LOW_BITS = 5;
  private static final short LOW_MASK = (1 << LOW_BITS) - 1;
  private static final short BIAS = PAIR_COLS * MAX_LEVEL * MAX_ACTIVATION;
  private static final short BLOCK_BIAS = (short) (-BIAS * BLOCK_PAIRS);
  private static final int HALF_TABLE_BYTES = 128;
  private static final int TABLE_BYTES = 2 * HALF_TABLE_BYTES;
  private static final int NORM = BLOCK_PAIRS * TABLE_BYTES;
  private static final int BLOCK_TABLE_BYTES = NORM + 64;
  private static final int LANES = 16;
  /** High digits, up to 62, that a byte can add up. */
  private static final int BYTE_ADDITIONS = 4;

  /** {@code LEVEL[i][code]} is the level of column {@code i}; of codes that do not occur, some level. */
  private static final short[][] LEVEL = new short[PAIR_COLS][HALF_TABLE_BYTES];

  static {
    for (int code = 0; code < CODES; code++) {
      LEVEL[0][code] = (short) (code % LEVELS - MAX_LEVEL);
      LEVEL[1][code] = (short) (code / LEVELS - MAX_LEVEL);
    }
  }

  @Override
  public long tableBytes(int cols) {
    return (long) ScreenMatrix.colBlocks(cols) * BLOCK_TABLE_BYTES;
  }

  @Override
  public void prepare(float[] x, int offset, int cols, float step, MemorySegment tables, int fromBlock, int toBlock) {
    ScreenChecks.prepare(x, offset, cols, tables, tableBytes(cols), fromBlock, toBlock);
    Memory.begin();
    try {
      float reciprocal = 1 / step;
      for (int block = fromBlock; block < toBlock; block++) {
        long table = Memory.address(tables) + (long) block * BLOCK_TABLE_BYTES;
        int first = block * BLOCK_COLS;
        for (int pair = 0; pair < BLOCK_PAIRS; pair++) {
          int c = first + pair * PAIR_COLS;
          prepareGroup(c < cols ? ScreenChecks.round(x[offset + c], reciprocal, c) : 0,
              c + 1 < cols ? ScreenChecks.round(x[offset + c + 1], reciprocal, c + 1) : 0,
              table + (long) pair * TABLE_BYTES);
        }
        Memory.putFloat(table + NORM, ScreenChecks.norm(x, offset + first, Math.min(BLOCK_COLS, cols - first)));
      }
    } finally {
      Reference.reachabilityFence(tables);
    }
  }

  private static void prepareGroup(int q0, int q1, long table) {
    table = Memory.known(table);
    Memory.at(table, TABLE_BYTES);
    for (int codes = 0; codes < HALF_TABLE_BYTES; codes += SHORT_512.length()) {
      ShortVector sums = SHORTS_512.cast(ShortVector.fromArray(SHORT_512, LEVEL[0], codes)).mul((short) q0)
          .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, LEVEL[1], codes)).mul((short) q1)).add(BIAS);
      ((ByteVector) sums.and(LOW_MASK).convertShape(VectorOperators.S2B, BYTE_256, 0)).intoMemorySegment(ALL,
          table + codes, ORDER);
      ((ByteVector) sums.lanewise(VectorOperators.LSHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
          .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + codes, ORDER);
    }
  }

  @Override
  public void multiply(ScreenMatrix w, MemorySegment tables, float[] steps, int tokens, float[] scores,
      float[] deviations, int stride, int fromBlock, int toBlock, int[] scratch) {
    long tableBytes = tableBytes(w.cols());
    ScreenChecks.multiply(w, tables, tableBytes, steps, tokens, scores, deviations, stride, fromBlock, toBlock,
        scratch);
    Memory.begin();
    try {
      int end;
      for (int block = fromBlock; block < toBlock; block = end) {
        end = Math.min(toBlock, (block / PANEL_BLOCKS + 1) * PANEL_BLOCKS);
        multiplyBlocks(w, block, end - block, Memory.address(tables), tableBytes, steps, tokens, scores, deviations,
            stride, scratch);
      }
    } finally {
      Reference.reachabilityFence(tables);
      Reference.reachabilityFence(w);
    }
  }

  /** Blocks of one panel. */
  private static void multiplyBlocks(ScreenMatrix w, int firstBlock, int blocks, long tables, long tableBytes,
      float[] steps, int tokens,
      float[] scores, float[] deviations, int stride, int[] scratch) {
    int firstRow = firstBlock * BLOCK_ROWS;
    int rows = blocks * BLOCK_ROWS;
    for (int token = 0; token < tokens; token++) {
      Arrays.fill(scores, token * stride + firstRow, token * stride + firstRow + rows, 0);
    }
    long packed = Memory.address(w.packed());
    for (int colBlock = 0; colBlock < w.colBlocks(); colBlock++) {
      long tiles = packed + w.tileOffset(firstBlock, colBlock);
      for (int token = 0; token < tokens; token++) {
        long table = tables + token * tableBytes + (long) colBlock * BLOCK_TABLE_BYTES;
        for (int block = 0; block < blocks; block++) {
          long tile = tiles + (long) block * TILE_BYTES;
          int row = token * stride + firstRow + block * BLOCK_ROWS;
          sumTile(tile, table, scratch);
          addScaled(scratch, tile + TILE_CODE_BYTES, scores, row);
        }
      }
    }
    for (int token = 0; token < tokens; token++) {
      int offset = token * stride + firstRow;
      for (int group = 0; group < w.colGroups(); group++) {
        addSquares(packed + w.groupStepOffset(group, firstRow), largestNorm(w, tables + token * tableBytes, group),
            deviations, offset, rows, group == 0);
      }
      finish(packed + w.normOffset(firstRow), steps[token], scores, deviations, offset, rows);
    }
  }

  private static float largestNorm(ScreenMatrix w, long tables, int group) {
    float largest = 0;
    int end = Math.min(w.colBlocks(), (group + 1) * ScreenMatrix.GROUP_BLOCKS);
    for (int block = group * ScreenMatrix.GROUP_BLOCKS; block < end; block++) {
      largest = Math.max(largest, Memory.getFloat(tables + (long) block * BLOCK_TABLE_BYTES + NORM));
    }
    return largest;
  }

  /** The sums of a block for its 128 rows, in their order; see {@link LookupDecode#addTile}, also for the shape of the loop. */
  private static void sumTile(long weights, long tables, int[] sums) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    ShortVector all0 = ShortVector.zero(SHORT_512);
    ShortVector odd0 = all0;
    ShortVector all1 = all0;
    ShortVector odd1 = all0;
    ByteVector zero = ByteVector.zero(BYTE_512);
    for (int from = 0; from < BLOCK_PAIRS; from += BYTE_ADDITIONS) {
      ByteVector low0 = zero;
      ByteVector high0 = zero;
      ByteVector low1 = zero;
      ByteVector high1 = zero;
      for (int pair = from; pair < from + BYTE_ADDITIONS; pair++) {
        long w = weights + (long) pair * BLOCK_ROWS;
        long t = tables + (long) pair * TABLE_BYTES;
        ByteVector codes0 = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(w, 64) : w, ORDER);
        ByteVector codes1 = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(w + 64, 64) : w + 64,
            ORDER);
        ByteVector lowA = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t, 64) : t, ORDER);
        ByteVector lowB = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 64, 64) : t + 64, ORDER);
        ByteVector highA = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 128, 64) : t + 128,
            ORDER);
        ByteVector highB = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 192, 64) : t + 192,
            ORDER);
        low0 = codes0.selectFrom(lowA, lowB).add(low0);
        high0 = codes0.selectFrom(highA, highB).add(high0);
        low1 = codes1.selectFrom(lowA, lowB).add(low1);
        high1 = codes1.selectFrom(highA, highB).add(high1);
      }
      ShortVector lowPairs = low0.reinterpretAsShorts();
      ShortVector highPairs = high0.reinterpretAsShorts();
      all0 = lowPairs.add(highPairs.lanewise(VectorOperators.LSHL, LOW_BITS)).add(all0);
      odd0 = lowPairs.lanewise(VectorOperators.LSHR, 8)
          .add(highPairs.lanewise(VectorOperators.LSHR, 8).lanewise(VectorOperators.LSHL, LOW_BITS)).add(odd0);
      lowPairs = low1.reinterpretAsShorts();
      highPairs = high1.reinterpretAsShorts();
      all1 = lowPairs.add(highPairs.lanewise(VectorOperators.LSHL, LOW_BITS)).add(all1);
      odd1 = lowPairs.lanewise(VectorOperators.LSHR, 8)
          .add(highPairs.lanewise(VectorOperators.LSHR, 8).lanewise(VectorOperators.LSHL, LOW_BITS)).add(odd1);
    }
    IntVector evens = all0.sub(odd0.lanewise(VectorOperators.LSHL, 8)).add(BLOCK_BIAS)
        .reinterpretAsInts();
    IntVector odds = odd0.add(BLOCK_BIAS).reinterpretAsInts();
    evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(sums, 0);
    odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(sums, 16);
    evens.lanewise(VectorOperators.ASHR, 16).intoArray(sums, 32);
    odds.lanewise(VectorOperators.ASHR, 16).intoArray(sums, 48);
    evens = all1.sub(odd1.lanewise(VectorOperators.LSHL, 8)).add(BLOCK_BIAS).reinterpretAsInts();
    odds = odd1.add(BLOCK_BIAS).reinterpretAsInts();
    evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(sums, 64);
    odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).intoArray(sums, 80);
    evens.lanewise(VectorOperators.ASHR, 16).intoArray(sums, 96);
    odds.lanewise(VectorOperators.ASHR, 16).intoArray(sums, 112);
  }

  /** Adds a tile's sums times the rows' steps to the scores. */
  private static void addScaled(int[] sums, long steps, float[] scores, int offset) {
    steps = Memory.known(steps);
    for (int i = 0; i < BLOCK_ROWS; i += LANES) {
      FloatVector step = ((IntVector) Memory.shorts256(steps + (long) i * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT_512, 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
      ((FloatVector) INTS_512.cast(IntVector.fromArray(INT_512, sums, i)).convertShape(VectorOperators.I2F,
          FloatVector.SPECIES_512,
          0))
          .fma(step, FloatVector.fromArray(FloatVector.SPECIES_512, scores, offset + i))
          .intoArray(scores, offset + i);
    }
  }

  /** Adds the squares of the rows' steps times a norm, of one group of columns. */
  private static void addSquares(long steps, float norm, float[] squares, int offset, int rows, boolean first) {
    steps = Memory.known(steps);
    FloatVector least = FloatVector.broadcast(FloatVector.SPECIES_512, ScreenChecks.LEAST_SQUARES);
    for (int i = 0; i < rows; i += LANES) {
      FloatVector interval = ((IntVector) Memory.shorts256(steps + (long) i * Short.BYTES)
          .convertShape(VectorOperators.S2I, INT_512, 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
          .mul(norm);
      FloatVector sum = first ? least : FloatVector.fromArray(FloatVector.SPECIES_512, squares, offset + i);
      interval.fma(interval, sum).intoArray(squares, offset + i);
    }
  }

  /** As {@link ScreenChecks#deviation}. */
  private static void finish(long norms, float step, float[] scores, float[] deviations, int offset, int rows) {
    norms = Memory.known(norms);
    for (int i = 0; i < rows; i += LANES) {
      FloatVector.fromArray(FloatVector.SPECIES_512, scores, offset + i).mul(step).intoArray(scores, offset + i);
      long at = norms + (long) i * Float.BYTES;
      FloatVector norm = FloatVector.fromMemorySegment(FloatVector.SPECIES_512, ALL,
          CHECKED ? Memory.at(at, 64) : at, ORDER);
      FloatVector.fromArray(FloatVector.SPECIES_512, deviations, offset + i).lanewise(VectorOperators.SQRT)
          .add(norm.mul(step)).mul(ScreenChecks.DEVIATION_FACTOR).intoArray(deviations, offset + i);
    }
  }
}
