/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/**
 * Adds up memory in blocks, each of its 32-bit words times a secret multiplier of 64 bits. Whatever else is put in the place of a
 * block, it has the same sum for one choice of multipliers in 2<sup>33</sup>: where words differ by d, their products differ by d times
 * what nobody knows. XXH64 and the like cannot promise this, with a secret seed either: there are changes that cancel under every
 * second seed.
 *
 * <p>Carter and Wegman, <i>Universal Classes of Hash Functions</i>, 1979; in this form Lemire and Kaser, <i>Strongly Universal String
 * Hashing is Fast</i>, 2014.
 */
final class BlockSums {

  private static final int BLOCK_BYTES = 2048;
  private static final int BLOCK_WORDS = BLOCK_BYTES / Long.BYTES;

  /** How many multipliers there must be. */
  static final int MULTIPLIERS = BLOCK_BYTES / Integer.BYTES;

  private final long[] multipliers;

  BlockSums(long[] multipliers) {
    this.multipliers = multipliers.clone();
  }

  /** The sums of all blocks, in order. The last is taken to go on with zeros. */
  void forEach(MemorySegment data, LongConsumer sink) {
    // An array is read fast before the JVM has compiled the loop, which most of a start may be over by; a segment is not.
    var words = new long[BLOCK_WORDS];
    MemorySegment block = MemorySegment.ofArray(words);
    for (long at = 0; at < data.byteSize(); at += BLOCK_BYTES) {
      long bytes = Math.min(BLOCK_BYTES, data.byteSize() - at);
      if (bytes < BLOCK_BYTES) {
        block.fill((byte) 0);
      }
      MemorySegment.copy(data, at, block, 0, bytes);
      sink.accept(sum(words));
    }
  }

  private long sum(long[] words) {
    long sum = 0;
    for (int i = 0; i < BLOCK_WORDS; i++) {
      long word = words[i];
      sum += multipliers[2 * i] * (word & 0xFFFF_FFFFL) + multipliers[2 * i + 1] * (word >>> 32);
    }
    return sum;
  }
}
