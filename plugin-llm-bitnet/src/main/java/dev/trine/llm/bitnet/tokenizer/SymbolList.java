/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Arrays;

/**
 * The symbols of one piece of text while byte-pair merges are applied to them: a linked list with a queue of possible merges, so that n
 * symbols take O(n log n) steps. The merge of lowest rank goes first, the leftmost of equals.
 */
final class SymbolList {
  private static final int NONE = -1;
  private static final int MERGED_AWAY = -1;

  private int[] symbols;
  private int size;
  private long examinedMerges;

  SymbolList(int capacity) {
    symbols = new int[Math.max(1, capacity)];
  }

  /** Appends a symbol; only before {@link #merge}. */
  void add(int symbol) {
    if (size == symbols.length) {
      symbols = Arrays.copyOf(symbols, 2 * size);
    }
    symbols[size++] = symbol;
  }

  /**
   * Applies merges until none is possible.
   *
   * @param merges from {@code key(left, right)} to {@code key(rank, merged symbol)}
   */
  void merge(LongTable merges) {
    if (size < 2) {
      return;
    }
    var next = new int[size];
    var previous = new int[size];
    var queue = new LongQueue(size);
    for (int i = 0; i < size; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < size ? i + 1 : NONE;
      offer(i, next[i], merges, queue);
    }
    while (!queue.isEmpty()) {
      long candidate = queue.poll();
      examinedMerges++;
      int left = (int) candidate;
      int right = next[left];
      if (symbols[left] == MERGED_AWAY || right == NONE) {
        continue;
      }
      long merge = merges.get(LongTable.key(symbols[left], symbols[right]));
      // A neighbour may have changed since the merge was queued.
      if (merge == LongTable.ABSENT || merge >>> 32 != candidate >>> 32) {
        continue;
      }
      symbols[left] = (int) merge;
      symbols[right] = MERGED_AWAY;
      next[left] = next[right];
      if (next[left] != NONE) {
        previous[next[left]] = left;
      }
      if (previous[left] != NONE) {
        offer(previous[left], left, merges, queue);
      }
      offer(left, next[left], merges, queue);
    }
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (symbols[i] != MERGED_AWAY) {
        symbols[kept++] = symbols[i];
      }
    }
    size = kept;
  }

  private void offer(int left, int right, LongTable merges, LongQueue queue) {
    if (right != NONE) {
      long merge = merges.get(LongTable.key(symbols[left], symbols[right]));
      if (merge != LongTable.ABSENT) {
        queue.add((merge & 0xFFFF_FFFF_0000_0000L) | left);
      }
    }
  }

  int size() {
    return size;
  }

  int symbol(int index) {
    return symbols[index];
  }

  /** How many queued merges were looked at: the work of {@link #merge}. */
  long examinedMerges() {
    return examinedMerges;
  }
}
