/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/** Facts about UTF-8. */
final class Utf8 {

  private Utf8() {}

  /** Whether bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF, no character cut off. */
  static boolean isWellFormed(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      int first = bytes[at] & 0xFF;
      int length = length(first);
      if (length == 0 || at + length > bytes.length || !hasValidSecond(first, length, bytes, at)) {
        return false;
      }
      for (int i = 2; i < length; i++) {
        if (!isContinuation(bytes[at + i])) {
          return false;
        }
      }
      at += length;
    }
    return true;
  }

  /** Bytes of the character that begins with this one; 0 when none does. */
  static int length(int first) {
    if (first < 0x80) {
      return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
      return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  }

  private static boolean hasValidSecond(int first, int length, byte[] bytes, int at) {
    if (length == 1) {
      return true;
    }
    int second = bytes[at + 1] & 0xFF;
    return isContinuation(bytes[at + 1]) && switch (first) {
      case 0xE0 -> second >= 0xA0;
      case 0xED -> second <= 0x9F;
      case 0xF0 -> second >= 0x90;
      case 0xF4 -> second <= 0x8F;
      default -> true;
    };
  }

  private static boolean isContinuation(byte value) {
    return (value & 0xC0) == 0x80;
  }
}
