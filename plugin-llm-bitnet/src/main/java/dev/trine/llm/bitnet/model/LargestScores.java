/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/**
 * The rows with the largest scores, as a heap with the least of them first. Of equal scores those of smaller rows count as larger, so that
 * what is kept does not depend on the order in which rows come. Scores are numbers.
 */
final class LargestScores {

  /** Scores as integers of the same order in the upper half, the complement of rows in the lower. */
  private final long[] heap;
  private int capacity;
  private int size;

  /** @param most the largest capacity */
  LargestScores(int most) {
    heap = new long[most];
  }

  /** Forgets what there was; keeps as many rows from now on. */
  void clear(int newCapacity) {
    capacity = newCapacity;
    size = 0;
  }

  /** How many rows there are: the capacity, or all that were added where those were fewer. */
  int size() {
    return size;
  }

  /** One of the rows, in no particular order. */
  int row(int index) {
    return ~(int) heap[index];
  }

  /** Adds rows {@code [from, to)}, whose scores are {@code scores[offset + row]}. */
  void addAll(float[] scores, int offset, int from, int to) {
    int row = from;
    for (; row < to && size < capacity; row++) {
      add(key(scores[offset + row], row));
    }
    if (row == to) {
      return;
    }
    float least = leastScore();
    for (; row < to; row++) {
      float score = scores[offset + row];
      if (score >= least) {
        add(key(score, row));
        least = leastScore();
      }
    }
  }

  /** Adds what another one has kept. */
  void addAll(LargestScores other) {
    for (int i = 0; i < other.size; i++) {
      add(other.heap[i]);
    }
  }

  private static long key(float score, int row) {
    int bits = Float.floatToRawIntBits(score);
    return (long) (bits ^ ((bits >> 31) & Integer.MAX_VALUE)) << 32 | (~row & 0xffff_ffffL);
  }

  private float leastScore() {
    int ordered = (int) (heap[0] >> 32);
    return Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
  }

  private void add(long key) {
    if (size < capacity) {
      int at = size++;
      for (; at > 0 && heap[(at - 1) / 2] > key; at = (at - 1) / 2) {
        heap[at] = heap[(at - 1) / 2];
      }
      heap[at] = key;
    } else if (key > heap[0]) {
      replaceLeast(key);
    }
  }

  private void replaceLeast(long key) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (child >= size || key <= heap[child]) {
        heap[at] = key;
        return;
      }
      heap[at] = heap[child];
      at = child;
    }
  }
}
