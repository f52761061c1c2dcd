/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.CHECKED;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_256;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;
import static dev.trine.compute.kernel.vector.Species.INT_512;
import static dev.trine.compute.kernel.vector.Species.SHORTS_512;
import static dev.trine.compute.kernel.vector.Species.SHORT_512;

/**
 * {@link LookupDecode} for {@link TernaryLayout#TRIT5}: a fifth fewer bytes and look-ups, for processors whose memory is
 * slower than their permutations.
 *
 * <p>
 * A table holds the sums {@code s} of 5 signed activations, -635..635, for the 122 codes that are not negative; negative
 * codes subtract. Sums are split into signed digits, {@code s = low + 32 high} with {@code low} -16..15 and {@code high}
 * -20..20. Four of them, at most 80, are added to bytes that start at 128; in 16 bits a chunk's biased digits
 * (8 * (128 + 80)), and its sums (160 * 127 = 20320), are exact.
 */
final class SignedLookupDecode implements TernaryDecode {

  private static final int GROUP_COLS = 5;
  private static final int CHUNK_GROUPS = 32;

  private static final int LOW_BITS = 5;
  private static final short LOW_MASK = (1 << LOW_BITS) - 1;

  /** Added to a sum before it is split, taken from the low digit afterwards. */
  private static final short LOW_BIAS = 16;

  private static final int BYTE_ADDITIONS = 4;
  private static final byte BYTE_BIAS = (byte) 128;
  private static final short CHUNK_BIAS = (short) -(128 * (CHUNK_GROUPS / BYTE_ADDITIONS) * (1 + (1 << LOW_BITS)));

  private static final int HALF_TABLE_BYTES = 128;
  private static final int TABLE_BYTES = 2 * HALF_TABLE_BYTES;

  /** Codes that three trits make, -13..13: a table is their sums, with what the other two activations add. */
  private static final int THREE_TRITS = 27;
  private static final int LARGEST_OF_THREE = 13;

  /** {@code SIGNS[i][code + 13]} is the trit of column {@code i} of three. */
  private static final short[][] SIGNS = new short[3][SHORT_512.length()];

  /** The same for codes 0..13 alone, from the first lane on. */
  private static final short[][] POSITIVE_SIGNS = new short[3][SHORT_512.length()];

  static {
    for (int code = 0; code < THREE_TRITS; code++) {
      int digits = code;
      for (int i = 0; i < SIGNS.length; i++) {
        SIGNS[i][code] = (short) (digits % 3 - 1);
        if (code >= LARGEST_OF_THREE) {
          POSITIVE_SIGNS[i][code - LARGEST_OF_THREE] = SIGNS[i][code];
        }
        digits /= 3;
      }
    }
  }

  @Override
  public TernaryLayout layout() {
    return TernaryLayout.TRIT5;
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
      prepareGroup(c < count ? q[i] : 0, c + 1 < count ? q[i + 1] : 0, c + 2 < count ? q[i + 2] : 0,
          c + 3 < count ? q[i + 3] : 0, 0, tables + (long) g * TABLE_BYTES);
    }
  }

  private static void prepareGroups(byte[] q, int offset, int groups, long tables) {
    for (int g = 0; g < groups; g++) {
      int i = offset + g * GROUP_COLS;
      prepareGroup(q[i], q[i + 1], q[i + 2], q[i + 3], q[i + 4], tables + (long) g * TABLE_BYTES);
    }
  }

  /** Stores 32 entries for 27 codes; the next store, or nothing that is ever looked up, takes the place of the others. */
  private static void prepareGroup(int q0, int q1, int q2, int q3, int q4, long table) {
    table = Memory.known(table);
    Memory.at(table, TABLE_BYTES);
    ShortVector positive = SHORTS_512.cast(ShortVector.fromArray(SHORT_512, POSITIVE_SIGNS[0], 0)).mul((short) q0)
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, POSITIVE_SIGNS[1], 0)).mul((short) q1))
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, POSITIVE_SIGNS[2], 0)).mul((short) q2)).add(LOW_BIAS);
    ((ByteVector) positive.and(LOW_MASK).sub(LOW_BIAS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table, ORDER);
    ((ByteVector) positive.lanewise(VectorOperators.ASHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES, ORDER);
    ShortVector three = SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[0], 0)).mul((short) q0)
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[1], 0)).mul((short) q1))
        .add(SHORTS_512.cast(ShortVector.fromArray(SHORT_512, SIGNS[2], 0)).mul((short) q2)).add(LOW_BIAS);
    ShortVector sums = three.add((short) q3);
    ((ByteVector) sums.and(LOW_MASK).sub(LOW_BIAS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + LARGEST_OF_THREE + 1, ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.ASHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + LARGEST_OF_THREE + 1,
            ORDER);
    sums = three.add((short) (q4 - q3));
    ((ByteVector) sums.and(LOW_MASK).sub(LOW_BIAS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + LARGEST_OF_THREE + 1 + THREE_TRITS,
            ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.ASHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL,
            table + HALF_TABLE_BYTES + LARGEST_OF_THREE + 1 + THREE_TRITS, ORDER);
    sums = three.add((short) q4);
    ((ByteVector) sums.and(LOW_MASK).sub(LOW_BIAS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + LARGEST_OF_THREE + 1 + 2 * THREE_TRITS,
            ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.ASHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL,
            table + HALF_TABLE_BYTES + LARGEST_OF_THREE + 1 + 2 * THREE_TRITS,
            ORDER);
    sums = three.add((short) (q3 + q4));
    ((ByteVector) sums.and(LOW_MASK).sub(LOW_BIAS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + LARGEST_OF_THREE + 1 + 3 * THREE_TRITS,
            ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.ASHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL,
            table + HALF_TABLE_BYTES + LARGEST_OF_THREE + 1 + 3 * THREE_TRITS,
            ORDER);
  }

  /** As {@link LookupDecode#addTile}, one group an iteration to read weights in the order of their addresses. */
  @Override
  public void addTile(long weights, long tables, int[] sums, int offset) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    ShortVector allLow0 = ShortVector.zero(SHORT_512);
    ShortVector oddLow0 = allLow0;
    ShortVector allHigh0 = allLow0;
    ShortVector oddHigh0 = allLow0;
    ShortVector allLow1 = allLow0;
    ShortVector oddLow1 = allLow0;
    ShortVector allHigh1 = allLow0;
    ShortVector oddHigh1 = allLow0;
    ByteVector bias = ByteVector.broadcast(BYTE_512, BYTE_BIAS);
    for (int from = 0; from < CHUNK_GROUPS; from += BYTE_ADDITIONS) {
      ByteVector low0 = bias;
      ByteVector high0 = bias;
      ByteVector low1 = bias;
      ByteVector high1 = bias;
      for (int g = from; g < from + BYTE_ADDITIONS; g++) {
        long w = weights + (long) g * BLOCK_ROWS;
        long t = tables + (long) g * TABLE_BYTES;
        ByteVector codes0 = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(w, 64) : w, ORDER);
        ByteVector codes1 = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(w + 64, 64) : w + 64,
            ORDER);
        VectorMask<Byte> negative0 = codes0.compare(VectorOperators.LT, (byte) 0);
        VectorMask<Byte> negative1 = codes1.compare(VectorOperators.LT, (byte) 0);
        VectorMask<Byte> positive0 = negative0.not();
        VectorMask<Byte> positive1 = negative1.not();
        ByteVector lowA = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t, 64) : t, ORDER);
        ByteVector lowB = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 64, 64) : t + 64, ORDER);
        ByteVector highA = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 128, 64) : t + 128,
            ORDER);
        ByteVector highB = ByteVector.fromMemorySegment(BYTE_512, ALL, CHECKED ? Memory.at(t + 192, 64) : t + 192,
            ORDER);
        ByteVector digits = codes0.selectFrom(lowA, lowB);
        low0 = low0.lanewise(VectorOperators.ADD, digits, positive0).lanewise(VectorOperators.SUB, digits, negative0);
        digits = codes0.selectFrom(highA, highB);
        high0 = high0.lanewise(VectorOperators.ADD, digits, positive0).lanewise(VectorOperators.SUB, digits, negative0);
        digits = codes1.selectFrom(lowA, lowB);
        low1 = low1.lanewise(VectorOperators.ADD, digits, positive1).lanewise(VectorOperators.SUB, digits, negative1);
        digits = codes1.selectFrom(highA, highB);
        high1 = high1.lanewise(VectorOperators.ADD, digits, positive1).lanewise(VectorOperators.SUB, digits, negative1);
      }
      ShortVector pairs = low0.reinterpretAsShorts();
      allLow0 = pairs.add(allLow0);
      oddLow0 = pairs.lanewise(VectorOperators.LSHR, 8).add(oddLow0);
      pairs = high0.reinterpretAsShorts();
      allHigh0 = pairs.add(allHigh0);
      oddHigh0 = pairs.lanewise(VectorOperators.LSHR, 8).add(oddHigh0);
      pairs = low1.reinterpretAsShorts();
      allLow1 = pairs.add(allLow1);
      oddLow1 = pairs.lanewise(VectorOperators.LSHR, 8).add(oddLow1);
      pairs = high1.reinterpretAsShorts();
      allHigh1 = pairs.add(allHigh1);
      oddHigh1 = pairs.lanewise(VectorOperators.LSHR, 8).add(oddHigh1);
    }
    IntVector evens = allLow0.sub(oddLow0.lanewise(VectorOperators.LSHL, 8))
        .add(
            allHigh0.sub(oddHigh0.lanewise(VectorOperators.LSHL, 8)).lanewise(VectorOperators.LSHL,
                LOW_BITS))
        .add(CHUNK_BIAS).reinterpretAsInts();
    IntVector odds = oddLow0.add(oddHigh0.lanewise(VectorOperators.LSHL, LOW_BITS)).add(CHUNK_BIAS)
        .reinterpretAsInts();
    evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset)).intoArray(sums, offset);
    odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
        .add(IntVector.fromArray(INT_512, sums, offset + 16)).intoArray(sums, offset + 16);
    evens.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 32))
        .intoArray(sums, offset + 32);
    odds.lanewise(VectorOperators.ASHR, 16).add(IntVector.fromArray(INT_512, sums, offset + 48))
        .intoArray(sums, offset + 48);
    evens = allLow1.sub(oddLow1.lanewise(VectorOperators.LSHL, 8))
        .add(
            allHigh1.sub(oddHigh1.lanewise(VectorOperators.LSHL, 8)).lanewise(VectorOperators.LSHL,
                LOW_BITS))
        .add(CHUNK_BIAS).reinterpretAsInts();
    odds = oddLow1.add(oddHigh1.lanewise(VectorOperators.LSHL, LOW_BITS)).add(CHUNK_BIAS)
        .reinterpretAsInts();
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
