/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

/**
 * Where each run of n tokens of a growing text ended last: a hash table with open addressing that holds positions alone and
 * compares with the text itself. A token costs constant time, and memory only when the table doubles.
 *
 * <p>The text may have been made so that its runs collide. So no more than {@link #MAX_PROBES} slots are looked at, and where they are all
 * taken, an earlier run is forgotten: that costs a guess, and in a text that nobody made so, about one run of 60 000. The hash needs no
 * secret for that, and the same text gives the same guesses.
 */
final class NGramIndex {

  /** How many slots a run may be in. */
  static final int MAX_PROBES = 16;

  private static final int INITIAL_CAPACITY = 256;
  /** Odd, near 2^32 divided by the golden ratio: spreads tokens over the upper bits (Knuth, volume 3, section 6.4). */
  private static final int MULTIPLIER = 0x9E3779B1;

  private final int n;
  /** End position, exclusive, of a run; 0 for none. A power of two in length, at most half full. */
  private int[] ends = new int[INITIAL_CAPACITY];
  private int size;
  /** How many slots have been looked at. */
  private long probes;

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
    ends[slot] = end;
    if (earlier == 0) {
      size++;
      return 0;
    }
    return same(tokens, earlier, end) ? earlier : 0;
  }

  /** How many slots have been looked at since the beginning: what the index has cost. */
  long probes() {
    return probes;
  }

  /** Where the run that ends before {@code end} is, or belongs: a free slot, or the first when others have taken all. */
  private int slot(int[] tokens, int end) {
    int mask = ends.length - 1;
    int first = hash(tokens, end) & mask;
    int slot = first;
    // Steps of growing width, which do not build the long rows of neighbours that steps of one do.
    for (int step = 1; step <= MAX_PROBES; step++) {
      probes++;
      if (ends[slot] == 0 || same(tokens, ends[slot], end)) {
        return slot;
      }
      slot = slot + step & mask;
    }
    return first;
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
    size = 0;
    for (int end : old) {
      if (end != 0) {
        int slot = slot(tokens, end);
        size += ends[slot] == 0 ? 1 : 0;
        ends[slot] = Math.max(ends[slot], end);
      }
    }
  }
}
