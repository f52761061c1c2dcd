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
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_256;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;
import static dev.trine.compute.kernel.vector.Species.INT_512;
import static dev.trine.compute.kernel.vector.Species.SHORT_512;

/**
 * {@link LookupDecode} for {@link TernaryLayout#TRIT5}: a fifth fewer bytes and look-ups, for processors whose memory is
 * slower than their permutations.
 *
 * <p>
 * A table holds the sums {@code s} of 5 signed activations, -635..635, for the 122 codes that are not negative; negative
 * codes subtract. Sums are split into signed digits, {@code s = low + 41 high} with {@code low} -20..20 and {@code high}
 * -15..15. Four of them, at most 80, are added to bytes that start at 128; in 16 bits a chunk's biased digits
 * (8 * (128 + 80)), and its sums (160 * 127 = 20320), are exact.
 */
final class SignedLookupDecode implements TernaryDecode {

  private static final int GROUP_COLS = 5;
  private static final int CHUNK_GROUPS = 32;

  private static final short BASE = 41;
  /** {@code (s + SUM_BIAS) / 41} and its remainder are the digits plus {@link #HIGH_BIAS} and {@link #LOW_BIAS}. */
  private static final short SUM_BIAS = 635;
  private static final short HIGH_BIAS = 15;
  private static final short LOW_BIAS = 20;

  /** {@code x * 50 >>> 11} is {@code x / 41} or one more for x in 0..1270, where {@code x * 50} fits 16 bits. */
  private static final short RECIPROCAL = 50;
  private static final int RECIPROCAL_BITS = 11;

  private static final int BYTE_ADDITIONS = 4;
  private static final byte BYTE_BIAS = (byte) 128;
  private static final short CHUNK_BIAS = (short) -(128 * (CHUNK_GROUPS / BYTE_ADDITIONS) * (1 + BASE));

  private static final int HALF_TABLE_BYTES = 128;
  private static final int TABLE_BYTES = 2 * HALF_TABLE_BYTES;

  /** {@code SIGNS[i][code]} is the trit of column {@code i} for codes that are not negative. */
  private static final short[][] SIGNS = new short[GROUP_COLS][HALF_TABLE_BYTES];

  static {
    for (int code = 0; code <= 121; code++) {
      int digits = code + 121;
      for (int i = 0; i < GROUP_COLS; i++) {
        SIGNS[i][code] = (short) (digits % 3 - 1);
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
    for (int codes = 0; codes < HALF_TABLE_BYTES; codes += SHORT_512.length()) {
      for (int g = 0; g < whole; g++) {
        int i = offset + g * GROUP_COLS;
        prepareGroup(q[i], q[i + 1], q[i + 2], q[i + 3], q[i + 4], codes, tables + (long) g * TABLE_BYTES);
      }
      for (int g = whole; g < CHUNK_GROUPS; g++) {
        int c = g * GROUP_COLS;
        int i = offset + c;
        prepareGroup(c < count ? q[i] : 0, c + 1 < count ? q[i + 1] : 0, c + 2 < count ? q[i + 2] : 0,
            c + 3 < count ? q[i + 3] : 0, 0, codes, tables + (long) g * TABLE_BYTES);
      }
    }
  }

  private static void prepareGroup(int q0, int q1, int q2, int q3, int q4, int codes, long table) {
    ShortVector sums = ShortVector.fromArray(SHORT_512, SIGNS[0], codes).mul((short) q0)
        .add(ShortVector.fromArray(SHORT_512, SIGNS[1], codes).mul((short) q1))
        .add(ShortVector.fromArray(SHORT_512, SIGNS[2], codes).mul((short) q2)
            .add(ShortVector.fromArray(SHORT_512, SIGNS[3], codes).mul((short) q3)))
        .add(ShortVector.fromArray(SHORT_512, SIGNS[4], codes).mul((short) q4)).add(SUM_BIAS);
    ShortVector high = sums.mul(RECIPROCAL).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS);
    ShortVector low = sums.sub(high.mul(BASE));
    ShortVector oneTooMany = low.lanewise(VectorOperators.ASHR, 15);
    high = high.add(oneTooMany).sub(HIGH_BIAS);
    low = low.add(oneTooMany.and(BASE)).sub(LOW_BIAS);
    ((ByteVector) low.convertShape(VectorOperators.S2B, BYTE_256, 0)).intoMemorySegment(ALL, table + codes, ORDER);
    ((ByteVector) high.convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + codes, ORDER);
  }

  /** As {@link LookupDecode#addTile}, one group an iteration to read weights in the order of their addresses. */
  @Override
  public void addTile(long weights, long tables, int[] sums, int offset) {
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
        ByteVector codes0 = ByteVector.fromMemorySegment(BYTE_512, ALL, w, ORDER);
        ByteVector codes1 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 64, ORDER);
        VectorMask<Byte> negative0 = codes0.compare(VectorOperators.LT, (byte) 0);
        VectorMask<Byte> negative1 = codes1.compare(VectorOperators.LT, (byte) 0);
        VectorMask<Byte> positive0 = negative0.not();
        VectorMask<Byte> positive1 = negative1.not();
        ByteVector lowA = ByteVector.fromMemorySegment(BYTE_512, ALL, t, ORDER);
        ByteVector lowB = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 64, ORDER);
        ByteVector highA = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 128, ORDER);
        ByteVector highB = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 192, ORDER);
        ByteVector digits = codes0.selectFrom(lowA, lowB);
        low0 = low0.add(digits, positive0).sub(digits, negative0);
        digits = codes0.selectFrom(highA, highB);
        high0 = high0.add(digits, positive0).sub(digits, negative0);
        digits = codes1.selectFrom(lowA, lowB);
        low1 = low1.add(digits, positive1).sub(digits, negative1);
        digits = codes1.selectFrom(highA, highB);
        high1 = high1.add(digits, positive1).sub(digits, negative1);
      }
      ShortVector pairs = low0.reinterpretAsShorts();
      allLow0 = allLow0.add(pairs);
      oddLow0 = oddLow0.add(pairs.lanewise(VectorOperators.LSHR, 8));
      pairs = high0.reinterpretAsShorts();
      allHigh0 = allHigh0.add(pairs);
      oddHigh0 = oddHigh0.add(pairs.lanewise(VectorOperators.LSHR, 8));
      pairs = low1.reinterpretAsShorts();
      allLow1 = allLow1.add(pairs);
      oddLow1 = oddLow1.add(pairs.lanewise(VectorOperators.LSHR, 8));
      pairs = high1.reinterpretAsShorts();
      allHigh1 = allHigh1.add(pairs);
      oddHigh1 = oddHigh1.add(pairs.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector evens = allLow0.sub(oddLow0.lanewise(VectorOperators.LSHL, 8))
        .add(allHigh0.sub(oddHigh0.lanewise(VectorOperators.LSHL, 8)).mul(BASE)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector odds = oddLow0.add(oddHigh0.mul(BASE)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector.fromArray(INT_512, sums, offset)
        .add(evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset);
    IntVector.fromArray(INT_512, sums, offset + 16)
        .add(odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 16);
    IntVector.fromArray(INT_512, sums, offset + 32).add(evens.lanewise(VectorOperators.ASHR, 16))
        .intoArray(sums, offset + 32);
    IntVector.fromArray(INT_512, sums, offset + 48).add(odds.lanewise(VectorOperators.ASHR, 16))
        .intoArray(sums, offset + 48);
    evens = allLow1.sub(oddLow1.lanewise(VectorOperators.LSHL, 8))
        .add(allHigh1.sub(oddHigh1.lanewise(VectorOperators.LSHL, 8)).mul(BASE)).add(CHUNK_BIAS).reinterpretAsInts();
    odds = oddLow1.add(oddHigh1.mul(BASE)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector.fromArray(INT_512, sums, offset + 64)
        .add(evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 64);
    IntVector.fromArray(INT_512, sums, offset + 80)
        .add(odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 80);
    IntVector.fromArray(INT_512, sums, offset + 96).add(evens.lanewise(VectorOperators.ASHR, 16))
        .intoArray(sums, offset + 96);
    IntVector.fromArray(INT_512, sums, offset + 112).add(odds.lanewise(VectorOperators.ASHR, 16))
        .intoArray(sums, offset + 112);
  }
}
