/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * XXH64 by Yann Collet: a fast hash that tells contents apart. It is no protection from somebody who makes contents to measure.
 *
 * <p>Specification: <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash</a>.
 */
final class XxHash64 {

  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;
  /** The sum of both, without its carry. */
  private static final long PRIMES_1_AND_2 = 0x60EA27EEADC0B5D6L;
  private static final int STRIPE = 32;
  private static final int BUFFER_WORDS = 4096;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private XxHash64() {}

  static long hash(byte[] data) {
    return hash(MemorySegment.ofArray(data));
  }

  /** The hash of all bytes, with seed 0. */
  static long hash(MemorySegment data) {
    long size = data.byteSize();
    long stripesEnd = size - size % STRIPE;
    long hash = (stripesEnd == 0 ? PRIME_5 : stripes(data, stripesEnd)) + size;
    long at = stripesEnd;
    for (; at + Long.BYTES <= size; at += Long.BYTES) {
      hash = Long.rotateLeft(hash ^ round(0, data.get(LONG, at)), 27) * PRIME_1 + PRIME_4;
    }
    if (at + Integer.BYTES <= size) {
      hash = Long.rotateLeft(hash ^ Integer.toUnsignedLong(data.get(INT, at)) * PRIME_1, 23) * PRIME_2 + PRIME_3;
      at += Integer.BYTES;
    }
    for (; at < size; at++) {
      hash = Long.rotateLeft(hash ^ (data.get(ValueLayout.JAVA_BYTE, at) & 0xFF) * PRIME_5, 11) * PRIME_1;
    }
    hash = (hash ^ (hash >>> 33)) * PRIME_2;
    hash = (hash ^ (hash >>> 29)) * PRIME_3;
    return hash ^ (hash >>> 32);
  }

  private static long stripes(MemorySegment data, long end) {
    long a = PRIMES_1_AND_2;
    long b = PRIME_2;
    long c = 0;
    long d = -PRIME_1;
    // An array is read fast before the JVM has compiled this loop, which most of a start may be over by; a segment is not.
    var words = new long[(int) Math.min(BUFFER_WORDS, end / Long.BYTES)];
    for (long at = 0; at < end; at += (long) words.length * Long.BYTES) {
      int count = (int) Math.min(words.length, (end - at) / Long.BYTES);
      MemorySegment.copy(data, LONG, at, words, 0, count);
      for (int i = 0; i < count; i += STRIPE / Long.BYTES) {
        a = round(a, words[i]);
        b = round(b, words[i + 1]);
        c = round(c, words[i + 2]);
        d = round(d, words[i + 3]);
      }
    }
    long hash = Long.rotateLeft(a, 1) + Long.rotateLeft(b, 7) + Long.rotateLeft(c, 12) + Long.rotateLeft(d, 18);
    hash = merge(hash, a);
    hash = merge(hash, b);
    hash = merge(hash, c);
    return merge(hash, d);
  }

  private static long round(long lane, long word) {
    return Long.rotateLeft(lane + word * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
  }
}
