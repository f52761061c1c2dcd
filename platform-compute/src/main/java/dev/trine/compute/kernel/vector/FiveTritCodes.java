/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_512;

/**
 * Turns groups of five trits into groups of four: 4 bytes of {@link dev.trine.compute.kernel.TernaryLayout#TRIT5} hold the
 * same 20 columns as 5 bytes of LUT4. Each new byte is the sum of two values that tables give for the magnitude of an old
 * one, with its sign, plus 40.
 */
final class FiveTritCodes {

  private static final int TABLE_BYTES = 128;
  private static final byte ZERO_CODE = 40;

  /** First trit, number of trits and factor of each part of an old byte. */
  private static final int[][] PARTS = {{0, 4, 1}, {4, 1, 1}, {0, 3, 3}, {3, 2, 1}, {0, 2, 9}, {2, 3, 1}, {0, 1, 27},
      {1, 4, 1}};

  /** {@code TABLES[part * 128 + magnitude]}. */
  private static final byte[] TABLES = new byte[PARTS.length * TABLE_BYTES];

  static {
    for (int part = 0; part < PARTS.length; part++) {
      for (int magnitude = 0; magnitude <= 121; magnitude++) {
        int digits = magnitude + 121;
        for (int i = 0; i < PARTS[part][0]; i++) {
          digits /= 3;
        }
        int value = 0;
        int power = PARTS[part][2];
        for (int i = 0; i < PARTS[part][1]; i++) {
          value += (digits % 3 - 1) * power;
          digits /= 3;
          power *= 3;
        }
        TABLES[part * TABLE_BYTES + magnitude] = (byte) value;
      }
    }
  }

  private FiveTritCodes() {}

  /** Turns {@code groups} groups of five, a multiple of 4, of one block of rows into groups of four. */
  static void toGroupsOfFour(long from, int groups, long to) {
    from = Memory.known(from);
    to = Memory.known(to);
    for (int half = 0; half < BLOCK_ROWS; half += 64) {
      for (int g = 0; g < groups; g += 4) {
        four(from + half + (long) g * BLOCK_ROWS, to + half + g / 4 * 5L * BLOCK_ROWS);
      }
    }
  }

  private static void four(long from, long to) {
    ByteVector zero = ByteVector.zero(BYTE_512);
    ByteVector a = ByteVector.fromMemorySegment(BYTE_512, ALL, from, ORDER);
    ByteVector b = ByteVector.fromMemorySegment(BYTE_512, ALL, from + BLOCK_ROWS, ORDER);
    ByteVector c = ByteVector.fromMemorySegment(BYTE_512, ALL, from + 2L * BLOCK_ROWS, ORDER);
    ByteVector d = ByteVector.fromMemorySegment(BYTE_512, ALL, from + 3L * BLOCK_ROWS, ORDER);
    VectorMask<Byte> negativeA = a.compare(VectorOperators.LT, (byte) 0);
    VectorMask<Byte> negativeB = b.compare(VectorOperators.LT, (byte) 0);
    VectorMask<Byte> negativeC = c.compare(VectorOperators.LT, (byte) 0);
    VectorMask<Byte> negativeD = d.compare(VectorOperators.LT, (byte) 0);
    ByteVector v = a.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 0), ByteVector.fromArray(BYTE_512, TABLES, 64));
    v.blend(zero.sub(v), negativeA).add(ZERO_CODE).intoMemorySegment(ALL, to, ORDER);
    v = a.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 128), ByteVector.fromArray(BYTE_512, TABLES, 192));
    ByteVector u = b.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 256),
        ByteVector.fromArray(BYTE_512, TABLES, 320));
    v.blend(zero.sub(v), negativeA).add(u.blend(zero.sub(u), negativeB)).add(ZERO_CODE)
        .intoMemorySegment(ALL, to + BLOCK_ROWS, ORDER);
    v = b.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 384), ByteVector.fromArray(BYTE_512, TABLES, 448));
    u = c.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 512), ByteVector.fromArray(BYTE_512, TABLES, 576));
    v.blend(zero.sub(v), negativeB).add(u.blend(zero.sub(u), negativeC)).add(ZERO_CODE)
        .intoMemorySegment(ALL, to + 2L * BLOCK_ROWS, ORDER);
    v = c.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 640), ByteVector.fromArray(BYTE_512, TABLES, 704));
    u = d.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 768), ByteVector.fromArray(BYTE_512, TABLES, 832));
    v.blend(zero.sub(v), negativeC).add(u.blend(zero.sub(u), negativeD)).add(ZERO_CODE)
        .intoMemorySegment(ALL, to + 3L * BLOCK_ROWS, ORDER);
    v = d.selectFrom(ByteVector.fromArray(BYTE_512, TABLES, 896), ByteVector.fromArray(BYTE_512, TABLES, 960));
    v.blend(zero.sub(v), negativeD).add(ZERO_CODE).intoMemorySegment(ALL, to + 4L * BLOCK_ROWS, ORDER);
  }
}
