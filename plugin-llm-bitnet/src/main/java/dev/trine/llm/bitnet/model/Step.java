/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Transformer#evaluate} does at once: some tokens of each of several sequences. Filled, evaluated and cleared again
 * and again without allocating.
 */
public final class Step {

  private static final int INITIAL_RUNS = 8;

  private @Nullable SequenceCache[] caches = new SequenceCache[INITIAL_RUNS];
  private int[] @Nullable [] tokens = new int[INITIAL_RUNS][];
  private int[] from = new int[INITIAL_RUNS];
  private int[] count = new int[INITIAL_RUNS];
  private int[] logits = new int[INITIAL_RUNS];
  private int runs;
  private int tokenCount;
  private int logitCount;

  /** A step without tokens. */
  public Step() {}

  /** Takes all tokens out. */
  public void clear() {
    Arrays.fill(caches, 0, runs, null);
    Arrays.fill(tokens, 0, runs, null);
    runs = 0;
    tokenCount = 0;
    logitCount = 0;
  }

  /**
   * Adds tokens of one sequence, which follow what is in its cache.
   *
   * @param cache      of the sequence, at most once in a step; has room for {@code tokenCount} more positions
   * @param ids        token ids, each in {@code 0..vocabularySize-1}; read by {@link Transformer#evaluate}, not copied
   * @param first      index of the first of them
   * @param idCount    how many, at least 1
   * @param logitRows  for how many of the last of them logits are wanted, 0..{@code idCount}
   * @throws IllegalArgumentException when one of these is out of range
   */
  public void add(SequenceCache cache, int[] ids, int first, int idCount, int logitRows) {
    if (idCount < 1 || first < 0 || first > ids.length - idCount || logitRows < 0 || logitRows > idCount) {
      throw new IllegalArgumentException("tokens " + first + " to " + (first + idCount) + " of " + ids.length + " with "
          + logitRows + " rows of logits make no run");
    }
    if (idCount > cache.capacity() - cache.length()) {
      throw new IllegalArgumentException("there is no room for " + idCount + " tokens after " + cache.length() + " of "
          + cache.capacity());
    }
    for (int run = 0; run < runs; run++) {
      if (caches[run] == cache) {
        throw new IllegalArgumentException("a sequence can be in a step only once");
      }
    }
    if (runs == caches.length) {
      grow();
    }
    caches[runs] = cache;
    tokens[runs] = ids;
    from[runs] = first;
    count[runs] = idCount;
    logits[runs] = logitRows;
    runs++;
    tokenCount += idCount;
    logitCount += logitRows;
  }

  private void grow() {
    int size = 2 * caches.length;
    caches = Arrays.copyOf(caches, size);
    tokens = Arrays.copyOf(tokens, size);
    from = Arrays.copyOf(from, size);
    count = Arrays.copyOf(count, size);
    logits = Arrays.copyOf(logits, size);
  }

  /** Number of sequences. */
  public int runs() {
    return runs;
  }

  /** Number of tokens of all sequences. */
  public int tokenCount() {
    return tokenCount;
  }

  /** Number of tokens whose logits are wanted. */
  public int logitCount() {
    return logitCount;
  }

  SequenceCache cache(int run) {
    SequenceCache cache = caches[run];
    if (cache == null) {
      throw new IndexOutOfBoundsException("run " + run + " of " + runs);
    }
    return cache;
  }

  /** Number of tokens of a run. */
  int count(int run) {
    return count[run];
  }

  /** Number of tokens of a run, counted from its end, whose logits are wanted. */
  int logits(int run) {
    return logits[run];
  }

  /** A token of a run. */
  int token(int run, int index) {
    int[] ids = tokens[run];
    if (ids == null) {
      throw new IndexOutOfBoundsException("run " + run + " of " + runs);
    }
    return ids[from[run] + index];
  }
}
