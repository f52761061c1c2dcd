/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/**
 * Decodes UTF-8 that arrives in parts of any size. Each maximal part of an ill-formed sequence becomes one U+FFFD, as the Unicode
 * Standard recommends (section 3.9, U+FFFD substitution of maximal subparts).
 */
final class Utf8Accumulator {
  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;
  /** Continuation bytes still to come. */
  private int missing;
  /** The range of the next continuation byte; narrower than 0x80..0xBF after some first bytes. */
  private int lowest = 0x80;
  private int highest = 0xBF;

  /** Takes one byte and appends the characters that it completes. */
  void accept(int value, StringBuilder text) {
    if (missing > 0) {
      if (value >= lowest && value <= highest) {
        codePoint = (codePoint << 6) | (value & 0x3F);
        lowest = 0x80;
        highest = 0xBF;
        if (--missing == 0) {
          text.appendCodePoint(codePoint);
        }
        return;
      }
      flush(text);
    }
    begin(value, text);
  }

  private void begin(int value, StringBuilder text) {
    if (value < 0x80) {
      text.append((char) value);
    } else if (value >= 0xC2 && value <= 0xDF) {
      expect(1, value & 0x1F, 0x80, 0xBF);
    } else if (value >= 0xE0 && value <= 0xEF) {
      // No overlong forms, no surrogates.
      expect(2, value & 0x0F, value == 0xE0 ? 0xA0 : 0x80, value == 0xED ? 0x9F : 0xBF);
    } else if (value >= 0xF0 && value <= 0xF4) {
      expect(3, value & 0x07, value == 0xF0 ? 0x90 : 0x80, value == 0xF4 ? 0x8F : 0xBF);
    } else {
      text.append(REPLACEMENT);
    }
  }

  private void expect(int continuationBytes, int firstBits, int lowestNext, int highestNext) {
    missing = continuationBytes;
    codePoint = firstBits;
    lowest = lowestNext;
    highest = highestNext;
  }

  /** Ends the text: an incomplete character becomes U+FFFD. */
  void flush(StringBuilder text) {
    if (missing > 0) {
      text.append(REPLACEMENT);
    }
    missing = 0;
    lowest = 0x80;
    highest = 0xBF;
  }
}
