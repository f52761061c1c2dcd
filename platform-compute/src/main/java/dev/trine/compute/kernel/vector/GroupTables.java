/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.TernaryLayout;
import jdk.incubator.vector.ShortVector;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.SHORT;
import static dev.trine.compute.kernel.vector.Species.SHORTS;
import static dev.trine.compute.kernel.vector.TokenTile.ENTRY_BYTES;

/**
 * All sums that the weights of a group of columns can make of the activations of a {@link TokenTile}: entry {@code code}, for every code that
 * a byte of the layout can be, holds one sum for each token. An entry costs one addition, for it differs from an earlier one by one column.
 */
final class GroupTables {

  /** An entry for every byte, whether it is a code or not, so that no weight leads outside. */
  static final int TABLE_BYTES = 256 * ENTRY_BYTES;

  /** What a code of {@link TernaryLayout#TRIT5} has added when its value is negative. */
  private static final int NEGATIVE = 128;

  private GroupTables() {}

  /** The table of one group, whose columns' vectors begin at {@code columns}. */
  static void build(TernaryLayout layout, long columns, long table) {
    switch (layout) {
      case LUT4 -> buildFours(Memory.known(columns), Memory.known(table));
      case TRIT5 -> buildFives(Memory.known(columns), Memory.known(table));
    }
  }

  /** Codes are numbers of digits 0 to 2, the lowest for the first column. */
  private static void buildFours(long columns, long table) {
    ShortVector q0 = load(columns);
    ShortVector q1 = load(columns + ENTRY_BYTES);
    ShortVector q2 = load(columns + 2L * ENTRY_BYTES);
    ShortVector q3 = load(columns + 3L * ENTRY_BYTES);
    q0.add(q1).add(q2).add(q3).neg().intoMemorySegment(ALL, Memory.at(table, Species.BYTES), ORDER);
    for (int entry = 1; entry < 3; entry++) {
      q0.add(load(table + (entry - 1L) * ENTRY_BYTES)).intoMemorySegment(ALL,
          Memory.at(table + (long) entry * ENTRY_BYTES, Species.BYTES), ORDER);
    }
    for (int entry = 3; entry < 9; entry++) {
      q1.add(load(table + (entry - 3L) * ENTRY_BYTES)).intoMemorySegment(ALL,
          Memory.at(table + (long) entry * ENTRY_BYTES, Species.BYTES), ORDER);
    }
    for (int entry = 9; entry < 27; entry++) {
      q2.add(load(table + (entry - 9L) * ENTRY_BYTES)).intoMemorySegment(ALL,
          Memory.at(table + (long) entry * ENTRY_BYTES, Species.BYTES), ORDER);
    }
    for (int entry = 27; entry < 81; entry++) {
      q3.add(load(table + (entry - 27L) * ENTRY_BYTES)).intoMemorySegment(ALL,
          Memory.at(table + (long) entry * ENTRY_BYTES, Species.BYTES), ORDER);
    }
  }

  /** Codes are magnitude and sign: what the first columns can make is added to the next column, and subtracted from it. */
  private static void buildFives(long columns, long table) {
    SHORTS.cast(ShortVector.zero(SHORT)).intoMemorySegment(ALL, Memory.at(table, Species.BYTES), ORDER);
    int power = 1;
    for (int col = 0; col < TernaryLayout.TRIT5.groupCols(); col++) {
      ShortVector q = load(columns + (long) col * ENTRY_BYTES);
      store(q, table + (long) power * ENTRY_BYTES);
      for (int m = 1; m <= power / 2; m++) {
        ShortVector earlier = load(table + (long) m * ENTRY_BYTES);
        store(q.add(earlier), table + (long) (power + m) * ENTRY_BYTES);
        store(q.sub(earlier), table + (long) (power - m) * ENTRY_BYTES);
      }
      power *= 3;
    }
  }

  private static void store(ShortVector sum, long entry) {
    sum.intoMemorySegment(ALL, Memory.at(entry, Species.BYTES), ORDER);
    sum.neg().intoMemorySegment(ALL, Memory.at(entry + (long) NEGATIVE * ENTRY_BYTES, Species.BYTES), ORDER);
  }

  private static ShortVector load(long address) {
    return Memory.shorts(address);
  }
}
