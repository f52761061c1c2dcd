/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTES;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORTS;

/**
 * The activations of as many tokens as a vector has shorts, column by column, as {@link FourRussians} uses them: a chunk of columns has one
 * vector for each column, and then an int, the largest sum of magnitudes of a token in this chunk. In a vector of shorts, token t lies in
 * the low half of int t, token t + {@link #TOKENS} / 2 in its high half.
 */
final class TokenTile {

  /** Tokens of a tile: one vector of shorts. */
  static final int TOKENS = BYTES / 2;

  /** A vector of shorts, one for each token. */
  static final int ENTRY_BYTES = TOKENS * Short.BYTES;

  /** Columns that are read at once, as bytes of an int. */
  private static final int COLS = 4;

  private static final VarHandle FOUR_BYTES = MethodHandles.byteArrayViewVarHandle(int[].class, ORDER);

  private TokenTile() {}

  /** Bytes of one chunk of columns. */
  static int chunkBytes(TernaryLayout layout) {
    return boundOffset(layout) + ENTRY_BYTES;
  }

  private static int boundOffset(TernaryLayout layout) {
    return layout.chunkCols() * ENTRY_BYTES;
  }

  /** The largest sum of magnitudes that a token has in the chunk: no sum of its products with trits is larger. */
  static int bound(TernaryLayout layout, long chunk) {
    return Memory.getInt(chunk + boundOffset(layout));
  }

  /**
   * Brings a tile's activations in one chunk of columns into the order in which they are used; tokens and columns that do
   * not exist become zero.
   *
   * @param q activations of the chunk's first column from {@code offset} on, tokens {@code qStride} apart
   * @param count columns of the chunk that exist
   */
  static void prepareChunk(TernaryLayout layout, byte[] q, int offset, int qStride, int tokens, int count, long chunk) {
    chunk = Memory.known(chunk);
    int fours = layout.chunkCols() / COLS;
    // All are gathered before the first is read as a vector, which has to wait for the ints of which it consists.
    for (int t = 0; t < TOKENS; t++) {
      int from = offset + t * qStride;
      for (int f = 0; f < fours; f++) {
        int col = f * COLS;
        int four = 0;
        if (t < tokens && col < count) {
          four = col + COLS <= count ? (int) FOUR_BYTES.get(q, from + col) : fourOrFewer(q, from + col, count - col);
        }
        Memory.putInt(chunk + (long) f * COLS * ENTRY_BYTES + (long) t * Integer.BYTES, four);
      }
    }
    long bound = chunk + boundOffset(layout);
    SHORTS.cast(ShortVector.zero(SHORT)).intoMemorySegment(ALL, Memory.at(bound, BYTES), ORDER);
    for (int f = 0; f < fours; f++) {
      spread(chunk + (long) f * COLS * ENTRY_BYTES, bound);
    }
    int largest = 0;
    for (int t = 0; t < TOKENS; t++) {
      largest = Math.max(largest, Memory.getShort(bound + (long) t * Short.BYTES));
    }
    Memory.putInt(bound, largest);
  }

  private static int fourOrFewer(byte[] q, int offset, int count) {
    int four = 0;
    for (int c = Math.min(COLS, count) - 1; c >= 0; c--) {
      four = four << 8 | (q[offset + c] & 0xff);
    }
    return four;
  }

  /** Turns the tokens' ints of four bytes each into four vectors of shorts, and adds their magnitudes to the tokens' bounds. */
  private static void spread(long four, long bound) {
    four = Memory.known(four);
    bound = Memory.known(bound);
    Memory.at(four, (long) COLS * ENTRY_BYTES);
    Memory.at(bound, ENTRY_BYTES);
    IntVector low = IntVector.fromMemorySegment(INT, ALL, four, ORDER);
    IntVector high = IntVector.fromMemorySegment(INT, ALL, four + ENTRY_BYTES, ORDER);
    ShortVector q0 = column(low.lanewise(VectorOperators.LSHL, 24), high.lanewise(VectorOperators.LSHL, 24));
    ShortVector q1 = column(low.lanewise(VectorOperators.LSHL, 16), high.lanewise(VectorOperators.LSHL, 16));
    ShortVector q2 = column(low.lanewise(VectorOperators.LSHL, 8), high.lanewise(VectorOperators.LSHL, 8));
    ShortVector q3 = column(low, high);
    q0.intoMemorySegment(ALL, four, ORDER);
    q1.intoMemorySegment(ALL, four + ENTRY_BYTES, ORDER);
    q2.intoMemorySegment(ALL, four + 2L * ENTRY_BYTES, ORDER);
    q3.intoMemorySegment(ALL, four + 3L * ENTRY_BYTES, ORDER);
    SHORTS.cast(ShortVector.fromMemorySegment(SHORT, ALL, bound, ORDER))
        .add(q0.lanewise(VectorOperators.ABS)).add(q1.lanewise(VectorOperators.ABS))
        .add(q2.lanewise(VectorOperators.ABS)).add(q3.lanewise(VectorOperators.ABS))
        .intoMemorySegment(ALL, bound, ORDER);
  }

  /** The signed bytes at the top of ints, as shorts. */
  private static ShortVector column(IntVector low, IntVector high) {
    return SHORTS.cast(low.lanewise(VectorOperators.ASHR, 24).and(0xffff)
        .or(high.lanewise(VectorOperators.ASHR, 24).lanewise(VectorOperators.LSHL, 16)).reinterpretAsShorts());
  }
}
