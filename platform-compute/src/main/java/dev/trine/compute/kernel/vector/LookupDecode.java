/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.CHUNK_GROUPS;
import static dev.trine.compute.kernel.TernaryMatrix.CODES;
import static dev.trine.compute.kernel.TernaryMatrix.GROUP_COLS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_256;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;
import static dev.trine.compute.kernel.vector.Species.INT_512;
import static dev.trine.compute.kernel.vector.Species.SHORT_512;

/**
 * Table look-ups of 64 rows at a time, for processors that permute bytes across two 512-bit registers (AVX-512 VBMI).
 *
 * <p>
 * For each group of 4 columns a table holds the 81 possible sums of the 4 signed activations, -508..508. Sums are shifted to
 * 0..1016 and split into a low digit of 5 bits and a high digit, a table of 128 bytes each, which fits two registers. One
 * look-up in both does 256 multiply-adds. Digits are at most 31: four of them are added as bytes before they are widened to
 * 16 bits, in which a chunk's 64 digits (1984), and even the recombined sums (64 * 1016 = 65024), are exact.
 */
final class LookupDecode implements TernaryDecode {

  private static final int LOW_BITS = 5;
  private static final short LOW_MASK = (1 << LOW_BITS) - 1;
  private static final short BIAS = 508;

  /** What the biases of a chunk add up to, -32512 as a 16-bit number. */
  private static final short CHUNK_BIAS = -BIAS * CHUNK_GROUPS;

  private static final int HALF_TABLE_BYTES = 128;
  private static final int TABLE_BYTES = 2 * HALF_TABLE_BYTES;

  /** Codes rounded up to whole vectors of 32 shorts. */
  private static final int PADDED_CODES = 96;

  /** {@code SIGNS[i][code]} is the trit of column {@code i}. */
  private static final short[][] SIGNS = new short[GROUP_COLS][PADDED_CODES];

  static {
    for (int code = 0; code < CODES; code++) {
      int digits = code;
      for (int i = 0; i < GROUP_COLS; i++) {
        SIGNS[i][code] = (short) (digits % 3 - 1);
        digits /= 3;
      }
    }
  }

  @Override
  public int chunkTableBytes() {
    return CHUNK_GROUPS * TABLE_BYTES;
  }

  @Override
  public void prepareChunk(byte[] q, int offset, int count, long tables) {
    int whole = count / GROUP_COLS;
    for (int codes = 0; codes < PADDED_CODES; codes += SHORT_512.length()) {
      prepareCodes(q, offset, whole, codes, tables);
      for (int g = whole; g < CHUNK_GROUPS; g++) {
        int c = g * GROUP_COLS;
        int i = offset + c;
        prepareGroup(c < count ? q[i] : 0, c + 1 < count ? q[i + 1] : 0, c + 2 < count ? q[i + 2] : 0,
            c + 3 < count ? q[i + 3] : 0, codes, tables + (long) g * TABLE_BYTES);
      }
    }
  }

  /** Entries {@code codes..codes + 32} of the tables of groups 0..groups. */
  private static void prepareCodes(byte[] q, int offset, int groups, int codes, long tables) {
    for (int g = 0; g < groups; g++) {
      int i = offset + g * GROUP_COLS;
      prepareGroup(q[i], q[i + 1], q[i + 2], q[i + 3], codes, tables + (long) g * TABLE_BYTES);
    }
  }

  private static void prepareGroup(int q0, int q1, int q2, int q3, int codes, long table) {
    ShortVector sums = ShortVector.fromArray(SHORT_512, SIGNS[0], codes).mul((short) q0)
        .add(ShortVector.fromArray(SHORT_512, SIGNS[1], codes).mul((short) q1))
        .add(ShortVector.fromArray(SHORT_512, SIGNS[2], codes).mul((short) q2)
            .add(ShortVector.fromArray(SHORT_512, SIGNS[3], codes).mul((short) q3)))
        .add(BIAS);
    ((ByteVector) sums.and(LOW_MASK).convertShape(VectorOperators.S2B, BYTE_256, 0)).intoMemorySegment(ALL,
        table + codes,
        ORDER);
    ((ByteVector) sums.lanewise(VectorOperators.LSHR, LOW_BITS).convertShape(VectorOperators.S2B, BYTE_256, 0))
        .intoMemorySegment(ALL, table + HALF_TABLE_BYTES + codes, ORDER);
  }

  /**
   * Sums of even bytes come as the sum of whole 16-bit lanes less 256 times the sum of odd bytes, modulo 65536. Hand-unrolled
   * by four groups, the fastest of 1, 4 and 8.
   */
  @Override
  public void addTile(long weights, long tables, int[] sums, int offset) {
    addHalf(weights, tables, sums, offset);
    addHalf(weights + 64, tables, sums, offset + 64);
  }

  private static void addHalf(long weights, long tables, int[] sums, int offset) {
    ShortVector allLow = ShortVector.zero(SHORT_512);
    ShortVector oddLow = allLow;
    ShortVector allHigh = allLow;
    ShortVector oddHigh = allLow;
    for (int i = 0; i < CHUNK_GROUPS / 4; i++) {
      long w = weights + i * 512L;
      long t = tables + i * 1024L;
      ByteVector x = ByteVector.fromMemorySegment(BYTE_512, ALL, w, ORDER);
      ByteVector low = x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 64, ORDER));
      ByteVector high = x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 128, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 192, ORDER));
      x = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 128, ORDER);
      low = low.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 256, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 320, ORDER)));
      high = high.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 384, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 448, ORDER)));
      x = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 256, ORDER);
      low = low.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 512, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 576, ORDER)));
      high = high.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 640, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 704, ORDER)));
      x = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 384, ORDER);
      low = low.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 768, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 832, ORDER)));
      high = high.add(x.selectFrom(ByteVector.fromMemorySegment(BYTE_512, ALL, t + 896, ORDER),
          ByteVector.fromMemorySegment(BYTE_512, ALL, t + 960, ORDER)));
      ShortVector pairs = low.reinterpretAsShorts();
      allLow = allLow.add(pairs);
      oddLow = oddLow.add(pairs.lanewise(VectorOperators.LSHR, 8));
      pairs = high.reinterpretAsShorts();
      allHigh = allHigh.add(pairs);
      oddHigh = oddHigh.add(pairs.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector even = allLow.sub(oddLow.lanewise(VectorOperators.LSHL, 8))
        .add(allHigh.sub(oddHigh.lanewise(VectorOperators.LSHL, 8)).lanewise(VectorOperators.LSHL, LOW_BITS))
        .add(CHUNK_BIAS).reinterpretAsInts();
    IntVector odd = oddLow.add(oddHigh.lanewise(VectorOperators.LSHL, LOW_BITS)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector.fromArray(INT_512, sums, offset)
        .add(even.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset);
    IntVector.fromArray(INT_512, sums, offset + 16)
        .add(odd.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 16);
    IntVector.fromArray(INT_512, sums, offset + 32).add(even.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 32);
    IntVector.fromArray(INT_512, sums, offset + 48).add(odd.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 48);
  }
}
