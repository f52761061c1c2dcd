/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A coarse copy of a dense matrix {@code [rows, cols]}, 4 bits a weight, that tells which outputs can be among the largest. Products
 * with it come with a bound of their error, so that few rows of the original have to be read to find the largest outputs exactly.
 *
 * <p>
 * Weights are rounded to one of 11 levels, -5..5, times a step for each row and block of 64 columns, the largest magnitude over 5.
 * Rounding is stochastic: up or down at random, such that the expectation is the weight itself. The errors of a row are then
 * independent, have mean zero and lie in intervals of a step's length, whatever the weights are, and Hoeffding's inequality (1963)
 * bounds their weighted sum: it exceeds {@code t} with a probability of at most
 * {@code exp(-2 t² / Σ (step * x)²)}. {@link ScreenKernel} rounds activations the same way.
 *
 * <p>
 * Layout: panels of {@value #PANEL_BLOCKS} row blocks (the last panel may have fewer); in a panel, for each block of
 * {@value #BLOCK_COLS} columns and each block of {@value #BLOCK_ROWS} rows, a tile: for each of 32 pairs of columns 128 bytes, one a
 * row, {@code (first + 5) + 11 * (second + 5)}, rows in the order of {@link TernaryMatrix#lane}; then the 128 steps as the upper halves
 * of floats. Behind the tiles, for each row, the Euclidean norm of its rounded weights as a float; then for each group of
 * {@value #GROUP_BLOCKS} blocks of columns and each row the root of the sum of its squared steps, at least, as the upper half of a float:
 * with them a bound of the error takes one addition where the steps themselves would take four. What pads rows and columns is zero.
 */
public final class ScreenMatrix {

  /** Counts changes of the layout or of the rounding, which make kept matrices useless. */
  public static final int VERSION = 3;
  /** Rows of a block. */
  public static final int BLOCK_ROWS = TernaryMatrix.BLOCK_ROWS;
  /** Columns that share a step. */
  public static final int BLOCK_COLS = 64;
  /** Blocks of columns in a group. */
  public static final int GROUP_BLOCKS = 4;
  /** Row blocks of a panel: while a kernel goes through them for a block of columns, it uses the same tables. */
  public static final int PANEL_BLOCKS = 32;
  /** Columns that share a byte. */
  public static final int PAIR_COLS = 2;
  /** Pairs of columns in a block. */
  public static final int BLOCK_PAIRS = BLOCK_COLS / PAIR_COLS;
  /** Largest level of a weight. */
  public static final int MAX_LEVEL = 5;
  /** Number of levels. */
  public static final int LEVELS = 2 * MAX_LEVEL + 1;
  /** Number of values of a pair. */
  public static final int CODES = LEVELS * LEVELS;
  /** Bytes of the codes of a tile; the steps follow. */
  public static final int TILE_CODE_BYTES = BLOCK_PAIRS * BLOCK_ROWS;
  /** Bytes of a tile. */
  public static final int TILE_BYTES = TILE_CODE_BYTES + BLOCK_ROWS * Short.BYTES;
  /**
   * Largest step of weights and of activations: with it, sums and squares of deviations stay far from the largest float.
   */
  public static final float LARGEST_STEP = 0x1p24f;
  /** Smallest step but zero: one over it is a number. What underflows in squares of deviations, {@link ScreenChecks} makes up for. */
  public static final float SMALLEST_STEP = 0x1p-100f;
  /** Alignment of the memory in bytes. */
  public static final int ALIGNMENT = 64;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private final int rows;
  private final int cols;
  private final MemorySegment packed;

  /** Gives the rows of a matrix. */
  @FunctionalInterface
  public interface RowSource {
    /**
     * Writes one row.
     *
     * @param out receives the weights of the columns
     */
    void row(int row, float[] out);
  }

  private ScreenMatrix(int rows, int cols, MemorySegment packed) {
    this.rows = rows;
    this.cols = cols;
    this.packed = packed.asReadOnly();
  }

  /**
   * Rounds some row blocks of a matrix; several threads may do disjoint ones at the same time.
   *
   * @param target memory of {@link #packedBytes} bytes
   * @return false when a weight is not a finite number, or weights are so large or so small that their step is beyond
   *     {@link #LARGEST_STEP} or {@link #SMALLEST_STEP}: such a matrix cannot be screened
   * @throws IllegalArgumentException when the memory has another size
   */
  public static boolean packInto(int rows, int cols, RowSource source, MemorySegment target, int fromBlock,
      int toBlock) {
    requireSize(rows, cols, target);
    var values = new float[cols];
    var levels = new byte[colBlocks(cols) * BLOCK_COLS];
    for (int block = fromBlock; block < toBlock; block++) {
      for (int row = 0; row < BLOCK_ROWS; row++) {
        int r = block * BLOCK_ROWS + row;
        if (r >= rows) {
          packRow(rows, cols, block, row, levels, null, target);
        } else {
          source.row(r, values);
          if (!packRow(rows, cols, block, row, levels, values, target)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Rounds and writes one row; without values, one that pads. */
  private static boolean packRow(int rows, int cols, int block, int row, byte[] levels, float @Nullable [] values,
      MemorySegment target) {
    double energy = 0;
    double squaredSteps = 0;
    long dither = ((long) block * BLOCK_ROWS + row) * cols;
    int lane = TernaryMatrix.lane(row);
    for (int colBlock = 0; colBlock < colBlocks(cols); colBlock++) {
      int first = colBlock * BLOCK_COLS;
      int count = Math.min(BLOCK_COLS, cols - first);
      float largest = 0;
      for (int c = first; values != null && c < first + count; c++) {
        float magnitude = Math.abs(values[c]);
        if (!(magnitude <= Float.MAX_VALUE)) {
          return false;
        }
        largest = Math.max(largest, magnitude);
      }
      int stepBits = upperHalf(largest / MAX_LEVEL);
      float step = Float.intBitsToFloat(stepBits << 16);
      if (step > LARGEST_STEP || (step != 0 && step < SMALLEST_STEP)) {
        return false;
      }
      float reciprocal = step == 0 ? 0 : 1 / step;
      long squares = 0;
      for (int c = 0; c < BLOCK_COLS; c++) {
        int level = values == null || c >= count || step == 0
            ? 0
            : round(values[first + c] * reciprocal, dither + first + c);
        levels[first + c] = (byte) level;
        squares += (long) level * level;
      }
      energy += (double) step * step * squares;
      long tile = tileOffset(rows, cols, block, colBlock);
      for (int pair = 0; pair < BLOCK_PAIRS; pair++) {
        int c = first + pair * PAIR_COLS;
        target.set(ValueLayout.JAVA_BYTE, tile + (long) pair * BLOCK_ROWS + lane,
            (byte) (levels[c] + MAX_LEVEL + LEVELS * (levels[c + 1] + MAX_LEVEL)));
      }
      target.set(SHORT, tile + TILE_CODE_BYTES + (long) row * Short.BYTES, (short) stepBits);
      squaredSteps += (double) step * step;
      if (colBlock % GROUP_BLOCKS == GROUP_BLOCKS - 1 || colBlock == colBlocks(cols) - 1) {
        target.set(SHORT, groupStepOffset(rows, cols, colBlock / GROUP_BLOCKS, block * BLOCK_ROWS + row),
            (short) upperHalf((float) Math.sqrt(squaredSteps)));
        squaredSteps = 0;
      }
    }
    target.set(FLOAT, normsOffset(rows, cols) + ((long) block * BLOCK_ROWS + row) * Float.BYTES,
        (float) Math.sqrt(energy));
    return true;
  }

  /** The upper half of a float that is at least {@code x}, a number that is not negative. */
  private static int upperHalf(float x) {
    return (Float.floatToRawIntBits(x) + 0xffff) >>> 16;
  }

  /** Rounds to a level, up or down at random; the expectation is {@code x}. */
  private static int round(float x, long index) {
    return Math.clamp((int) Math.floor(x + uniform(index)), -MAX_LEVEL, MAX_LEVEL);
  }

  /** A number in 0..1, exclusively, that is as good as random (the finaliser of SplitMix64, Steele et al. 2014). */
  static float uniform(long index) {
    long z = (index + 1) * 0x9e37_79b9_7f4a_7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return (z >>> 40) * 0x1p-24f;
  }

  /**
   * Takes memory that {@link #packInto} filled, such as a mapped file. Kernels use no byte of it as an index beyond their tables, so
   * that other content gives wrong results, but does no harm.
   *
   * @throws IllegalArgumentException for memory of another size, on the heap or not aligned to 64 bytes
   */
  public static ScreenMatrix wrap(int rows, int cols, MemorySegment packed) {
    requireSize(rows, cols, packed);
    if (!packed.isNative() || packed.address() % ALIGNMENT != 0) {
      throw new IllegalArgumentException("a screening matrix lies in native memory, aligned to 64 bytes");
    }
    return new ScreenMatrix(rows, cols, packed);
  }

  private static void requireSize(int rows, int cols, MemorySegment memory) {
    long size = packedBytes(rows, cols);
    if (memory.byteSize() != size) {
      throw new IllegalArgumentException(
          "a screening matrix [" + rows + ", " + cols + "] has " + size + " bytes, not " + memory.byteSize());
    }
  }

  /**
   * Bytes of a packed matrix.
   *
   * @throws IllegalArgumentException for a shape without rows or columns, or padded beyond the range of int
   */
  public static long packedBytes(int rows, int cols) {
    if (rows < 1 || cols < 1 || rows > Integer.MAX_VALUE - BLOCK_ROWS || cols > Integer.MAX_VALUE - BLOCK_COLS) {
      throw new IllegalArgumentException("a screening matrix cannot have the shape [" + rows + ", " + cols + "]");
    }
    return groupStepOffset(rows, cols, colGroups(cols), 0);
  }

  private static long normsOffset(int rows, int cols) {
    return (long) rowBlocks(rows) * colBlocks(cols) * TILE_BYTES;
  }

  private static long groupStepOffset(int rows, int cols, int group, int row) {
    long paddedRows = (long) rowBlocks(rows) * BLOCK_ROWS;
    return normsOffset(rows, cols) + paddedRows * Float.BYTES + (group * paddedRows + row) * Short.BYTES;
  }

  private static long tileOffset(int rows, int cols, int block, int colBlock) {
    int panel = block / PANEL_BLOCKS;
    int blocks = Math.min(PANEL_BLOCKS, rowBlocks(rows) - panel * PANEL_BLOCKS);
    long tiles = (long) panel * PANEL_BLOCKS * colBlocks(cols) + (long) colBlock * blocks + block % PANEL_BLOCKS;
    return tiles * TILE_BYTES;
  }

  /** Blocks of 128 rows that hold {@code rows} rows. */
  public static int rowBlocks(int rows) {
    return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  }

  /** Blocks of 64 columns that hold {@code cols} columns. */
  public static int colBlocks(int cols) {
    return (cols + BLOCK_COLS - 1) / BLOCK_COLS;
  }

  /** Groups of 4 blocks of columns that hold {@code cols} columns. */
  public static int colGroups(int cols) {
    return (colBlocks(cols) + GROUP_BLOCKS - 1) / GROUP_BLOCKS;
  }

  /** Number of outputs, without padding. */
  public int rows() {
    return rows;
  }

  /** Number of inputs, without padding. */
  public int cols() {
    return cols;
  }

  /** Blocks of 128 rows, the last one possibly padded. */
  public int rowBlocks() {
    return rowBlocks(rows);
  }

  /** Blocks of 64 columns, the last one possibly padded. */
  public int colBlocks() {
    return colBlocks(cols);
  }

  /** Where a tile begins, in bytes. */
  public long tileOffset(int block, int colBlock) {
    return tileOffset(rows, cols, block, colBlock);
  }

  /** Where the norm of a row's rounded weights lies, in bytes. */
  public long normOffset(int row) {
    return normsOffset(rows, cols) + (long) row * Float.BYTES;
  }

  /** Groups of 4 blocks of columns, the last one possibly of fewer. */
  public int colGroups() {
    return colGroups(cols);
  }

  /** Where the upper half of the root of a row's squared steps in a group of column blocks lies, in bytes; the next row's follows. */
  public long groupStepOffset(int group, int row) {
    return groupStepOffset(rows, cols, group, row);
  }

  /** The packed memory, read-only. */
  public MemorySegment packed() {
    return packed;
  }
}
