/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.llm.bitnet.packed.CacheKey.Use;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CacheKeyTest {

  private final Random random = new Random(8);
  private final CacheKey key = new CacheKey(bytes(32));

  private byte[] bytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private long hash(byte[] contents) {
    return key.hash(MemorySegment.ofArray(contents));
  }

  @Test
  void seesEveryByteWhereverTheMemoryIs() {
    for (int length : new int[]{1, 2, 7, 8, 9, 63, 2047, 2048, 2049, 4096, 5000}) {
      byte[] bytes = bytes(length);
      long hash = hash(bytes);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(length + 1L).asSlice(1);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
        assertEquals(hash, key.hash(memory), "length " + length);
      }
      for (int i = 0; i < length; i += 1 + length / 100) {
        bytes[i] ^= (byte) 0x80;
        assertNotEquals(hash, hash(bytes), "length " + length + ", byte " + i);
        bytes[i] ^= (byte) 0x80;
      }
    }
  }

  @Test
  void seesZerosAtTheEndAndTheOrderOfBlocks() {
    var hashes = new HashSet<Long>();
    for (int length = 0; length < 5000; length += 100) {
      assertTrue(hashes.add(hash(new byte[length])), "length " + length);
    }
    byte[] blocks = bytes(4096);
    var swapped = new byte[4096];
    System.arraycopy(blocks, 0, swapped, 2048, 2048);
    System.arraycopy(blocks, 2048, swapped, 0, 2048);
    assertNotEquals(hash(blocks), hash(swapped));
  }

  /** Two changes of which the second takes back, in XXH64, what the first did, under every second seed. */
  @Test
  void seesChangesThatCancelInHashesWithASeed() {
    long second = inverse(0xC2B2AE3D27D4EB4FL) * 0x9E3779B185EBCA87L * -(1L << 30);
    for (int round = 0; round < 100; round++) {
      byte[] contents = bytes(64);
      long hash = hash(contents);
      var words = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN);
      words.putLong(0, words.getLong(0) ^ Long.MIN_VALUE);
      words.putLong(32, words.getLong(32) + second);
      assertNotEquals(hash, hash(contents));
    }
  }

  private static long inverse(long odd) {
    long inverse = odd;
    for (int i = 0; i < 5; i++) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  @Test
  void marksDependOnTheKeyTheUseAndHowBytesAreDivided() {
    byte[] mac = key.mac(Use.HEADER, new byte[]{1, 2}, new byte[]{3});
    assertEquals(CacheKey.MAC_BYTES, mac.length);
    assertTrue(key.isMac(mac, Use.HEADER, new byte[]{1, 2}, new byte[]{3}));
    assertFalse(key.isMac(mac, Use.HEADER, new byte[]{1}, new byte[]{2, 3}));
    assertFalse(key.isMac(mac, Use.STAMP, new byte[]{1, 2}, new byte[]{3}));
    assertFalse(new CacheKey(bytes(32)).isMac(mac, Use.HEADER, new byte[]{1, 2}, new byte[]{3}));
    assertNotEquals(hash(new byte[10]), new CacheKey(bytes(32)).hash(MemorySegment.ofArray(new byte[10])));
    assertNotEquals(key.combine(1, 2), key.combine(2, 1));
  }
}
