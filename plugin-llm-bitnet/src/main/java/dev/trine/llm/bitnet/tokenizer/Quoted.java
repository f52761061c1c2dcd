/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/** Values from files as messages show them. */
final class Quoted {
  private static final int LONGEST = 80;

  private Quoted() {}

  /** The value in quotes, control characters escaped, cut when it is long. */
  static String of(String value) {
    var text = new StringBuilder("'");
    int end = Math.min(value.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      if (Character.isISOControl(c)) {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.append(end < value.length() ? "...'" : "'").toString();
  }
}
