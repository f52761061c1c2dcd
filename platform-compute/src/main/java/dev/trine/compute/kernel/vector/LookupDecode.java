/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Lut4.CHUNK_GROUPS;
import static dev.trine.compute.kernel.vector.Lut4.CODES;
import static dev.trine.compute.kernel.vector.Lut4.GROUP_COLS;
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
   * Sums of even bytes come as the sum of whole 16-bit lanes less 256 times the sum of odd bytes, modulo 65536. Both halves
   * of the 128 rows share the loads of a table. Hand-unrolled by four groups, the fastest of 1, 4 and 8.
   */
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
    for (int i = 0; i < CHUNK_GROUPS / 4; i++) {
      long w = weights + i * 512L;
      long t = tables + i * 1024L;
      ByteVector x0 = ByteVector.fromMemorySegment(BYTE_512, ALL, w, ORDER);
      ByteVector x1 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 64, ORDER);
      ByteVector ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t, ORDER);
      ByteVector tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 64, ORDER);
      ByteVector low0 = x0.selectFrom(ta, tb);
      ByteVector low1 = x1.selectFrom(ta, tb);
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 128, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 192, ORDER);
      ByteVector high0 = x0.selectFrom(ta, tb);
      ByteVector high1 = x1.selectFrom(ta, tb);
      x0 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 128, ORDER);
      x1 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 192, ORDER);
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 256, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 320, ORDER);
      low0 = low0.add(x0.selectFrom(ta, tb));
      low1 = low1.add(x1.selectFrom(ta, tb));
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 384, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 448, ORDER);
      high0 = high0.add(x0.selectFrom(ta, tb));
      high1 = high1.add(x1.selectFrom(ta, tb));
      x0 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 256, ORDER);
      x1 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 320, ORDER);
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 512, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 576, ORDER);
      low0 = low0.add(x0.selectFrom(ta, tb));
      low1 = low1.add(x1.selectFrom(ta, tb));
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 640, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 704, ORDER);
      high0 = high0.add(x0.selectFrom(ta, tb));
      high1 = high1.add(x1.selectFrom(ta, tb));
      x0 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 384, ORDER);
      x1 = ByteVector.fromMemorySegment(BYTE_512, ALL, w + 448, ORDER);
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 768, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 832, ORDER);
      low0 = low0.add(x0.selectFrom(ta, tb));
      low1 = low1.add(x1.selectFrom(ta, tb));
      ta = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 896, ORDER);
      tb = ByteVector.fromMemorySegment(BYTE_512, ALL, t + 960, ORDER);
      high0 = high0.add(x0.selectFrom(ta, tb));
      high1 = high1.add(x1.selectFrom(ta, tb));
      ShortVector lowPairs0 = low0.reinterpretAsShorts();
      allLow0 = allLow0.add(lowPairs0);
      oddLow0 = oddLow0.add(lowPairs0.lanewise(VectorOperators.LSHR, 8));
      ShortVector highPairs0 = high0.reinterpretAsShorts();
      allHigh0 = allHigh0.add(highPairs0);
      oddHigh0 = oddHigh0.add(highPairs0.lanewise(VectorOperators.LSHR, 8));
      ShortVector lowPairs1 = low1.reinterpretAsShorts();
      allLow1 = allLow1.add(lowPairs1);
      oddLow1 = oddLow1.add(lowPairs1.lanewise(VectorOperators.LSHR, 8));
      ShortVector highPairs1 = high1.reinterpretAsShorts();
      allHigh1 = allHigh1.add(highPairs1);
      oddHigh1 = oddHigh1.add(highPairs1.lanewise(VectorOperators.LSHR, 8));
    }
    IntVector even0 = allLow0.sub(oddLow0.lanewise(VectorOperators.LSHL, 8))
        .add(allHigh0.sub(oddHigh0.lanewise(VectorOperators.LSHL, 8)).lanewise(VectorOperators.LSHL, LOW_BITS))
        .add(CHUNK_BIAS).reinterpretAsInts();
    IntVector odd0 = oddLow0.add(oddHigh0.lanewise(VectorOperators.LSHL, LOW_BITS)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector.fromArray(INT_512, sums, offset)
        .add(even0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset);
    IntVector.fromArray(INT_512, sums, offset + 16)
        .add(odd0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 16);
    IntVector.fromArray(INT_512, sums, offset + 32).add(even0.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 32);
    IntVector.fromArray(INT_512, sums, offset + 48).add(odd0.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 48);
    IntVector even1 = allLow1.sub(oddLow1.lanewise(VectorOperators.LSHL, 8))
        .add(allHigh1.sub(oddHigh1.lanewise(VectorOperators.LSHL, 8)).lanewise(VectorOperators.LSHL, LOW_BITS))
        .add(CHUNK_BIAS).reinterpretAsInts();
    IntVector odd1 = oddLow1.add(oddHigh1.lanewise(VectorOperators.LSHL, LOW_BITS)).add(CHUNK_BIAS).reinterpretAsInts();
    IntVector.fromArray(INT_512, sums, offset + 64)
        .add(even1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 64);
    IntVector.fromArray(INT_512, sums, offset + 80)
        .add(odd1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, offset + 80);
    IntVector.fromArray(INT_512, sums, offset + 96).add(even1.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 96);
    IntVector.fromArray(INT_512, sums, offset + 112).add(odd1.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        offset + 112);
  }
}
