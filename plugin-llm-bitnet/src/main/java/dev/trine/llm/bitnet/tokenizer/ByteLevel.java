/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The byte alphabet of byte-level BPE (GPT-2): every byte is written as one printable character. Bytes 33-126, 161-172 and 174-255
 * stand for themselves; the other 68, in ascending order, are U+0100, U+0101 and so on.
 */
final class ByteLevel {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[256 + 68];

  static {
    Arrays.fill(BYTES, (short) -1);
    char substitute = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable = (value >= 33 && value <= 126) || (value >= 161 && value <= 172) || value >= 174;
      CHARACTERS[value] = printable ? (char) value : substitute++;
      BYTES[CHARACTERS[value]] = (short) value;
    }
  }

  private ByteLevel() {}

  /** The UTF-8 bytes of a text in the byte alphabet. */
  static String encode(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    var mapped = new char[utf8.length];
    for (int i = 0; i < utf8.length; i++) {
      mapped[i] = CHARACTERS[utf8[i] & 0xFF];
    }
    return new String(mapped);
  }

  /** The bytes that a token spells; the token's own UTF-8 if it is not written in the byte alphabet. */
  static byte[] decode(String token) {
    var bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }

  /** {@link #decode(String)} of a token in UTF-8; its own bytes, not copied, if it is not written in the byte alphabet. */
  static byte[] decode(byte[] utf8) {
    var bytes = new byte[utf8.length];
    int count = 0;
    for (int i = 0; i < utf8.length;) {
      int first = utf8[i++] & 0xFF;
      int character = first;
      if (first >= 0x80) {
        // Two bytes spell the characters up to U+07FF.
        if (first < 0xC2 || first > 0xDF || i == utf8.length || (utf8[i] & 0xC0) != 0x80) {
          return utf8;
        }
        character = (first & 0x1F) << 6 | (utf8[i++] & 0x3F);
      }
      if (character >= BYTES.length || BYTES[character] < 0) {
        return utf8;
      }
      bytes[count++] = (byte) BYTES[character];
    }
    return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
  }
}
