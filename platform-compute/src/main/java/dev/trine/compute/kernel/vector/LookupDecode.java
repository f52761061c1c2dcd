/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Lut4.CHUNK_GROUPS;
import static dev.trine.compute.kernel.vector.Lut4.GROUP_COLS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.CHECKED;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_256;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;
import static dev.trine.compute.kernel.vector.Species.INT_512;
import static dev.trine.compute.kernel.vector.Species.SHORTS_512;
import static dev.trine.compute.kernel.vector.Species.SHORT_512;

/**
 * Table look-ups of 64 rows at a time, for processors that permute bytes across two 512-bit registers (AVX-512 VBMI).
 *
 * <p>
 * For each group of 4 columns a table holds the 81 possible sums of the 4 signed activations, -508..508. Sums are shifted to
 * 0..1016 and split into a low digit of 5 bits and a high digit, a table of 128 bytes each, which fits two registers. One
 * look-up in both does 256 multiply-adds. Digits are at most 31: eight of them are added as bytes before they are widened to
 * 16 bits, in which a chunk's 64 digits (1984), and even the recombined sums (64 * 1016 = 65024), are exact.
 */
final class LookupDecode implements TernaryDecode {

  private static final int LOW_BITS = 5;
  private static final short LOW_MASK = (1 << LOW_BITS) - 1;
  private static final short BIAS = 508;

  /** Digits up to 31 that a byte can add up. */
  private static final int BYTE_ADDITIONS = 8;

  /** What the biases of a chunk add up to, -32512 as a 16-bit number. */
  private static final short CHUNK_BIAS = -BIAS * CHUNK_GROUPS;

  private static final int HALF_TABLE_BYTES = 128;
  private static final int TABLE_BYTES = 2 * HALF_TABLE_BYTES;

  /** Codes that three trits make; a table is their sums three times, the fourth activation less, not at all and more. */
  private static final int THREE_TRITS = 27;

  /** {@code SIGNS[i][code]} is the trit of column {@code i} of three. */
  private static final short[][] SIGNS = new short[GROUP_COLS - 1][SHORT_512.length()];

  static {
    for (int code = 0; code < THREE_TRITS; code++) {
      int digits = code;
      for (int i = 0; i < GROUP_COLS - 1; i++) {
        SIGNS[i][code] = (short) (digits % 3 - 1);
        digits /= 3;
      }
    }
  }

  @Override
  public TernaryLayout layout() {
    return TernaryLayout.LUT4;
  }

  @Override
  public int chunkTableBytes() {
    return CHUNK_GROUPS * TABLE_BYTES;
  }

  @Override
  public void prepareChunk(byte[] q, int offset, int count, long tables) {
    int whole = count / GROUP_COLS;
    prepareGroups(q, offset, whole, tables);
    for (int g = whole; g < CHUNK_GROUPS; g++) {
      int c = g * GROUP_COLS;
      int i = offset + c;
      prepareGroup(c < count ? q[i] : 0, c + 1 < count ? q[i + 1] : 0, c + 2 < count ? q[i + 2] : 0, 0,
          tables + (long) g * TABLE_BYTES);
    }
  }

  private static void prepareGroups(byte[] q, int offset, int groups, long tables) {
    for (int g = 0; g < groups; g++) {
      int i = offset + g * GROUP_COLS;
      prepareGroup(q[i], q[i + 1], q[i + 2], q[i + 3], tables + (long) g * TABLE_BYTES);
    }
  }

  /** Stores 32 entries for 27 codes; the next store, or nothing that is ever looked up, takes the place of the others. */
  private static void prepareGroup(int q0, int q1, int q2, int q3, long table) {
    table = Memory.known(table);
    Memory.at(table, TABLE_BYTES);
    ShortVector sums = SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[0], 0)).mul((short) q0)
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[1], 0)).mul((short) q1))
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[2], 0)).mul((short) q2)).add((short) (BIAS - q3));
    ((ByteVector) sums.and(LOW_MASK).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table, ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.LSHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES, ORDER);
    sums = sums.add((short) q3);
    ((ByteVector) sums.and(LOW_MASK).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + THREE_TRITS, ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.LSHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + THREE_TRITS, ORDER);
    sums = sums.add((short) q3);
    ((ByteVector) sums.and(LOW_MASK).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + 2 * THREE_TRITS, ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.LSHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + 2 * THREE_TRITS,
            ORDER);
  }

  /**
   * Sums of even bytes come as the sum of whole 16-bit lanes less 256 times the sum of odd bytes, modulo 65536. Both halves
   * of the 128 rows share the loads of a table.
   *
   * <p>
   * One group an iteration, so that weights are loaded in the order of their addresses: unrolled by hand, the compiler
   * loads each four groups backwards, hardware prefetchers lose the stream and read 13 GB/s where this loop reads 25 of
   * the 27 that plain loads reach. Touching weights ahead in any pattern was slower than either.
   */
  @Override
  public void addTile(long weights, long tables, int[] sums, int offset) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    ShortVector all0 = ShortVector.zero(SHORT_512);
    ShortVector odd0 = all0;
    ShortVector all1 = all0;
    ShortVector odd1 = all0;
    ByteVector zero = ByteVector.zero(BYTE_512);
    for (int from = 0; from < CHUNK_GROUPS; from += BYTE_ADDITIONS) {
      ByteVector low0 = zero;
      ByteVector high0 = zero;
      ByteVector low1 = zero;
      ByteVector high1 = zero;
      for (int g = from; g < from + BYTE_ADDITIONS; g++) {
        long w = weights + (long) g * BLOCK_ROWS;
        long t = tables + (long) g * TABLE_BYTES;
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
    IntVector evens = all0.sub(odd0.lanewise(VectorOperators.LSHL, 8)).add(CHUNK_BIAS)
        .reinterpretAsInts();
    IntVector odds = odd0.add(CHUNK_BIAS).reinterpretAsInts();
    evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset)).intoArray(sums, offset);
    odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset + 16)).intoArray(sums, offset + 16);
    evens.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 32))
        .intoArray(sums, offset + 32);
    odds.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 48))
        .intoArray(sums, offset + 48);
    evens = all1.sub(odd1.lanewise(VectorOperators.LSHL, 8)).add(CHUNK_BIAS).reinterpretAsInts();
    odds = odd1.add(CHUNK_BIAS).reinterpretAsInts();
    evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset + 64)).intoArray(sums, offset + 64);
    odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset + 80)).intoArray(sums, offset + 80);
    evens.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 96))
        .intoArray(sums, offset + 96);
    odds.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 112))
        .intoArray(sums, offset + 112);
  }
}
