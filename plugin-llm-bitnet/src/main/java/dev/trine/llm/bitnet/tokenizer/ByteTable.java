/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Arrays;

/**
 * Token ids by the bytes of their texts: a hash table by linear probing that compares bytes where they are, so that a vocabulary is
 * read without making a string of every part of every merge.
 */
final class ByteTable {
  private static final int ABSENT = -1;
  private static final byte[] FREE = {};

  private byte[][] keys;
  private int[] ids;
  private int size;

  /** A table for about so many texts. */
  ByteTable(int expected) {
    int slots = Integer.highestOneBit(Math.max(16, expected)) * 4;
    keys = newKeys(slots);
    ids = new int[slots];
  }

  /**
   * Sets the id of a text unless it has one.
   *
   * @param text not empty; not copied
   * @return whether the text is new
   */
  boolean putIfAbsent(byte[] text, int id) {
    if (2 * (size + 1) > keys.length) {
      grow();
    }
    int slot = slotOf(text, 0, text.length);
    if (keys[slot] != FREE) {
      return false;
    }
    keys[slot] = text;
    ids[slot] = id;
    size++;
    return true;
  }

  /** The id of a text, -1 if it has none. */
  int get(byte[] text) {
    return get(text, 0, text.length);
  }

  /** The id of the text in {@code bytes[from..to)}, -1 if it has none. */
  int get(byte[] bytes, int from, int to) {
    int slot = slotOf(bytes, from, to);
    return keys[slot] == FREE ? ABSENT : ids[slot];
  }

  private int slotOf(byte[] bytes, int from, int to) {
    int mask = keys.length - 1;
    int slot = hash(bytes, from, to) & mask;
    while (keys[slot] != FREE && !Arrays.equals(keys[slot], 0, keys[slot].length, bytes, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int hash(byte[] bytes, int from, int to) {
    long hash = 0;
    for (int i = from; i < to; i++) {
      hash = (hash + bytes[i] + 1) * 0x9E3779B97F4A7C15L;
    }
    return (int) (hash ^ (hash >>> 32));
  }

  private void grow() {
    byte[][] oldKeys = keys;
    int[] oldIds = ids;
    keys = newKeys(2 * oldKeys.length);
    ids = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = slotOf(oldKeys[i], 0, oldKeys[i].length);
        keys[slot] = oldKeys[i];
        ids[slot] = oldIds[i];
      }
    }
  }

  private static byte[][] newKeys(int length) {
    var keys = new byte[length][];
    Arrays.fill(keys, FREE);
    return keys;
  }
}
