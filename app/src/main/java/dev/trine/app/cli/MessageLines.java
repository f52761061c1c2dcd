/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

/** Messages of several lines: a block in triple quotes, or lines that end in a backslash. */
final class MessageLines {

  private static final String QUOTES = "\"\"\"";

  private MessageLines() {}

  /** Whether more lines belong to what was typed so far. */
  static boolean isIncomplete(String typed) {
    if (typed.stripLeading().startsWith(QUOTES)) {
      String rest = typed.stripLeading().substring(QUOTES.length());
      return !rest.contains(QUOTES);
    }
    return typed.endsWith("\\");
  }

  /** The message that was typed, without the marks that held its lines together. */
  static String message(String typed) {
    String stripped = typed.strip();
    if (stripped.startsWith(QUOTES)) {
      String rest = stripped.substring(QUOTES.length());
      int end = rest.lastIndexOf(QUOTES);
      return (end < 0 ? rest : rest.substring(0, end) + rest.substring(end + QUOTES.length())).strip();
    }
    return typed.replace("\\\n", "\n");
  }
}
