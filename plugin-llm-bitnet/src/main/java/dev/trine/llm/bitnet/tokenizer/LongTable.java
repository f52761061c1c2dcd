/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Arrays;

/** A hash table from non-negative longs to non-negative longs, by linear probing, without boxing. */
final class LongTable {
  /** What {@link #get} returns for a key that is not there. */
  static final long ABSENT = -1;

  private static final long FREE = -1;

  private long[] keys = newKeys(64);
  private long[] values = new long[64];
  private int size;

  /** Sets the value of a key, replacing an earlier one. */
  void put(long key, long value) {
    int slot = slotOf(key);
    if (keys[slot] == FREE) {
      if (2 * (size + 1) > keys.length) {
        grow();
        slot = slotOf(key);
      }
      keys[slot] = key;
      size++;
    }
    values[slot] = value;
  }

  /** The value of a key, or {@link #ABSENT}. */
  long get(long key) {
    int slot = slotOf(key);
    return keys[slot] == FREE ? ABSENT : values[slot];
  }

  int size() {
    return size;
  }

  /** One key of two non-negative ints. */
  static long key(int high, int low) {
    return ((long) high << 32) | low;
  }

  private int slotOf(long key) {
    int mask = keys.length - 1;
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 32) & mask;
    while (keys[slot] != FREE && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = newKeys(2 * oldKeys.length);
    values = new long[2 * oldKeys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = slotOf(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private static long[] newKeys(int length) {
    var keys = new long[length];
    Arrays.fill(keys, FREE);
    return keys;
  }
}
