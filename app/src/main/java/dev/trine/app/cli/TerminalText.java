/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

/** Makes text that a model wrote safe to show on a terminal. */
final class TerminalText {

  private static final char FIRST_CONTROL_PICTURE = '\u2400';
  private static final char DELETE_PICTURE = '\u2421';

  private TerminalText() {}

  /**
   * Shows control characters as symbols, so that a model cannot drive the terminal: C0 but for line feed and tab, DEL, C1, and
   * the marks that turn the direction of writing.
   */
  static String visible(String text) {
    int first = 0;
    while (first < text.length() && !isControl(text.charAt(first))) {
      first++;
    }
    if (first == text.length()) {
      return text;
    }
    var shown = new StringBuilder(text.length()).append(text, 0, first);
    for (int i = first; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isControl(c)) {
        shown.append(c);
      } else if (c < ' ') {
        shown.append((char) (FIRST_CONTROL_PICTURE + c));
      } else if (c == '\u007f') {
        shown.append(DELETE_PICTURE);
      } else {
        shown.append('\ufffd');
      }
    }
    return shown.toString();
  }

  private static boolean isControl(char c) {
    boolean c0 = c < ' ' && c != '\n' && c != '\t';
    boolean c1 = c >= '\u007f' && c <= '\u009f';
    boolean bidi = (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069');
    return c0 || c1 || bidi;
  }
}
