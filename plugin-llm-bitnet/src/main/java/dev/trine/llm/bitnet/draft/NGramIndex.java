/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

/**
 * Where each run of n tokens of a growing text ended last: a hash table with open addressing that holds positions alone and
 * compares with the text itself. A token costs constant time, and memory only when the table doubles.
 */
final class NGramIndex {

  private static final int INITIAL_CAPACITY = 256;
  /** Odd, near 2^32 divided by the golden ratio: spreads tokens over the upper bits (Knuth, volume 3, section 6.4). */
  private static final int MULTIPLIER = 0x9E3779B1;

  private final int n;
  /** End position, exclusive, of a run; 0 for none. A power of two in length, at most half full. */
  private int[] ends = new int[INITIAL_CAPACITY];
  private int size;

  NGramIndex(int n) {
    this.n = n;
  }

  /**
   * Notes the run that ends before {@code end}, and says where the same one ended before.
   *
   * @return end position of the latest earlier one; 0 when there is none
   */
  int replace(int[] tokens, int end) {
    if (end < n) {
      return 0;
    }
    if (2 * (size + 1) > ends.length) {
      grow(tokens);
    }
    int slot = slot(tokens, end);
    int earlier = ends[slot];
    if (earlier == 0) {
      size++;
    }
    ends[slot] = end;
    return earlier;
  }

  /** Where the run that ends before {@code end} is, or belongs. */
  private int slot(int[] tokens, int end) {
    int mask = ends.length - 1;
    int slot = hash(tokens, end) & mask;
    while (ends[slot] != 0 && !same(tokens, ends[slot], end)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int hash(int[] tokens, int end) {
    int hash = 0;
    for (int i = end - n; i < end; i++) {
      hash = (hash ^ tokens[i]) * MULTIPLIER;
      hash ^= hash >>> 15;
    }
    return hash;
  }

  private boolean same(int[] tokens, int endA, int endB) {
    for (int i = 1; i <= n; i++) {
      if (tokens[endA - i] != tokens[endB - i]) {
        return false;
      }
    }
    return true;
  }

  private void grow(int[] tokens) {
    int[] old = ends;
    ends = new int[2 * old.length];
    for (int end : old) {
      if (end != 0) {
        ends[slot(tokens, end)] = end;
      }
    }
  }
}
