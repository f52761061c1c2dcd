/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Bytes of texts, against what Java's own decoder makes of them. */
class Utf8Test {

  private static final int[] INTERESTING = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
      0xDF,
      0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};

  private static void check(byte[] bytes) {
    boolean expected = Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
    assertEquals(expected, Utf8.isWellFormed(bytes), () -> Arrays.toString(bytes));
    if (expected) {
      assertEquals(Arrays.toString(ByteLevel.decode(new String(bytes, StandardCharsets.UTF_8))),
          Arrays.toString(ByteLevel.decode(bytes)), () -> Arrays.toString(bytes));
    }
  }

  @Test
  void agreesWithTheDecoderOnAllShortSequencesOfInterest() {
    check(new byte[0]);
    for (int a : INTERESTING) {
      check(new byte[]{(byte) a});
      for (int b : INTERESTING) {
        check(new byte[]{(byte) a, (byte) b});
        for (int c : INTERESTING) {
          check(new byte[]{(byte) a, (byte) b, (byte) c});
          for (int d : INTERESTING) {
            check(new byte[]{(byte) a, (byte) b, (byte) c, (byte) d});
          }
        }
      }
    }
  }

  @Test
  void everyByteInItsAlphabetIsDecodedFromUtf8() {
    for (int value = 0; value < 256; value++) {
      var one = new byte[]{(byte) value};
      String mapped = ByteLevel.encode(new String(one, StandardCharsets.ISO_8859_1));
      assertEquals(Arrays.toString(ByteLevel.decode(mapped)),
          Arrays.toString(ByteLevel.decode(mapped.getBytes(StandardCharsets.UTF_8))));
    }
  }

  @Test
  void aTableFindsEveryTextAndNoOther() {
    var random = new Random(7);
    var table = new ByteTable(4);
    var texts = new byte[5_000][];
    for (int id = 0; id < texts.length; id++) {
      texts[id] = (id + "-" + random.nextInt(10)).getBytes(StandardCharsets.UTF_8);
      assertTrue(table.putIfAbsent(texts[id], id));
    }
    for (int id = 0; id < texts.length; id++) {
      assertFalse(table.putIfAbsent(texts[id].clone(), 99));
      byte[] around = ("<" + new String(texts[id], StandardCharsets.UTF_8) + ">").getBytes(StandardCharsets.UTF_8);
      assertEquals(id, table.get(around, 1, around.length - 1));
      assertEquals(-1, table.get(around));
    }
  }
}
