/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;
import static dev.trine.compute.kernel.vector.Lut4.CHUNK_GROUPS;
import static dev.trine.compute.kernel.vector.Lut4.GROUP_COLS;
import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTES;
import static dev.trine.compute.kernel.vector.Species.INT;
import static dev.trine.compute.kernel.vector.Species.INTS;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORTS;

/**
 * Multiplications in 16-bit lanes, for any vector width and any processor.
 *
 * <p>
 * A code is {@code n = d0 + 3 d1 + 9 d2 + 27 d3} with digits {@code d = trit + 1}. With {@code n1 = n / 3},
 * {@code n2 = n / 9} and {@code n3 = n / 27}, rounded down, {@code d0 = n - 3 n1} and so on, hence
 * {@code Σ d q = n q0 + n1 (q1 - 3 q0) + n2 (q2 - 3 q1) + n3 (q3 - 3 q2)}: three divisions by reciprocal multiplication and
 * four products, no digit is ever taken apart. {@code Σ trit q = Σ d q - Σ q}. Intermediate results wrap around modulo
 * 65536; what a chunk adds up to, at most 256 * 127 = 32512, does not.
 */
final class ArithmeticDecode implements TernaryDecode {

  /** {@code n * 171 >> 9 == n / 3} for n in 0..80, and likewise the next two. */
  private static final short THIRD = 171;
  private static final short NINTH = 57;
  private static final short TWENTY_SEVENTH = 19;
  private static final int RECIPROCAL_BITS = 9;

  /** Four factors for a group, each filling a vector. */
  private static final int GROUP_BYTES = GROUP_COLS * BYTES;

  /** Where the start value of a chunk's sums, -Σq in every lane, lies in its table. */
  private static final int START = CHUNK_GROUPS * GROUP_BYTES;

  @Override
  public TernaryLayout layout() {
    return TernaryLayout.LUT4;
  }

  @Override
  public int chunkTableBytes() {
    return START + 64;
  }

  @Override
  public void prepareChunk(byte[] q, int offset, int count, long tables) {
    int sum = 0;
    for (int g = 0; g < CHUNK_GROUPS; g++) {
      int c = g * GROUP_COLS;
      int i = offset + c;
      int q0 = c < count ? q[i] : 0;
      int q1 = c + 1 < count ? q[i + 1] : 0;
      int q2 = c + 2 < count ? q[i + 2] : 0;
      int q3 = c + 3 < count ? q[i + 3] : 0;
      sum += q0 + q1 + q2 + q3;
      long table = tables + (long) g * GROUP_BYTES;
      fill(table, q0);
      fill(table + BYTES, q1 - 3 * q0);
      fill(table + 2L * BYTES, q2 - 3 * q1);
      fill(table + 3L * BYTES, q3 - 3 * q2);
    }
    fill(tables + START, -sum);
  }

  private static void fill(long address, int value) {
    ShortVector.broadcast(SHORT, (short) value).intoMemorySegment(ALL, Memory.at(Memory.known(address), BYTES), ORDER);
  }

  @Override
  public void addTile(long weights, long tables, int[] sums, int offset) {
    for (int bytes = 0; bytes < BLOCK_ROWS; bytes += BYTES) {
      int half = bytes & 64;
      addRows(weights + bytes, tables, sums, offset + half + (bytes & 63) / 4);
    }
  }

  /** One vector of bytes for each group; its rows start at {@code first}, +16, +32 and +48. */
  private static void addRows(long weights, long tables, int[] sums, int first) {
    weights = Memory.known(weights);
    tables = Memory.known(tables);
    ShortVector even = Memory.shorts(tables + START);
    ShortVector odd = even;
    for (int g = 0; g < CHUNK_GROUPS; g++) {
      long table = tables + (long) g * GROUP_BYTES;
      ShortVector pairs = Memory.shorts(weights + (long) g * BLOCK_ROWS);
      ShortVector a = pairs.and((short) 0xff);
      ShortVector b = pairs.lanewise(VectorOperators.LSHR, 8);
      ShortVector factor = Memory.shorts(table);
      even = SHORTS.cast(even).add(a.mul(factor));
      odd = SHORTS.cast(odd).add(b.mul(factor));
      factor = Memory.shorts(table + BYTES);
      even = SHORTS.cast(even).add(a.mul(THIRD).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
      odd = SHORTS.cast(odd).add(b.mul(THIRD).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
      factor = Memory.shorts(table + 2L * BYTES);
      even = SHORTS.cast(even).add(a.mul(NINTH).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
      odd = SHORTS.cast(odd).add(b.mul(NINTH).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
      factor = Memory.shorts(table + 3L * BYTES);
      even = SHORTS.cast(even).add(a.mul(TWENTY_SEVENTH).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
      odd = SHORTS.cast(odd).add(b.mul(TWENTY_SEVENTH).lanewise(VectorOperators.LSHR, RECIPROCAL_BITS).mul(factor));
    }
    IntVector evens = even.reinterpretAsInts();
    IntVector odds = odd.reinterpretAsInts();
    INTS.cast(IntVector.fromArray(INT, sums, first))
        .add(evens.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, first);
    INTS.cast(IntVector.fromArray(INT, sums, first + 16))
        .add(odds.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).intoArray(sums, first + 16);
    INTS.cast(IntVector.fromArray(INT, sums, first + 32)).add(evens.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        first + 32);
    INTS.cast(IntVector.fromArray(INT, sums, first + 48)).add(odds.lanewise(VectorOperators.ASHR, 16)).intoArray(sums,
        first + 48);
  }
}
