/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** Against values that others publish for XXH64 with seed 0. */
class XxHash64Test {

  @ParameterizedTest
  @CsvSource({"'', ef46db3751d8e999", "a, d24ec4f1a98c6e5b", "abc, 44bc2cf5ad770999",
      "Nobody inspects the spammish repetition, fbcea83c8a378bf1"})
  void equalsPublishedValues(String text, String expected) {
    assertEquals(expected, Long.toHexString(XxHash64.hash(text.getBytes(StandardCharsets.US_ASCII))));
  }

  @Test
  void seesEveryByteWhereverTheMemoryIs() {
    for (int length = 1; length < 100; length++) {
      var bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (i * 31);
      }
      long hash = XxHash64.hash(bytes);
      try (var arena = Arena.ofConfined()) {
        var memory = arena.allocate(length + 1).asSlice(1);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
        assertEquals(hash, XxHash64.hash(memory), "length " + length);
      }
      for (int i = 0; i < length; i++) {
        bytes[i] ^= 1;
        assertNotEquals(hash, XxHash64.hash(bytes), "length " + length + ", byte " + i);
        bytes[i] ^= 1;
      }
    }
  }
}
