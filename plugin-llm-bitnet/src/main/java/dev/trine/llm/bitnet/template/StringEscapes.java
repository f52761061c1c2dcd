/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/** The escapes of Python string literals. */
final class StringEscapes {

  private StringEscapes() {}

  /**
   * Resolves the escapes in the inside of a string literal. Unknown ones stay as they are.
   *
   * @param name name of the template, for the message
   * @param line line of the literal
   */
  static String resolve(String name, int line, String inside) {
    int backslash = inside.indexOf('\\');
    if (backslash < 0) {
      return inside;
    }
    var out = new StringBuilder(inside.length());
    int i = 0;
    while (i < inside.length()) {
      char c = inside.charAt(i++);
      if (c != '\\' || i == inside.length()) {
        out.append(c);
        continue;
      }
      char escape = inside.charAt(i++);
      switch (escape) {
        case '\n' -> {
          // A backslash at the end of a line joins it with the next.
        }
        case '\\', '\'', '"' -> out.append(escape);
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000b');
        case 'x' -> i = hexadecimal(name, line, inside, i, 2, "truncated \\xXX escape", out);
        case 'u' -> i = hexadecimal(name, line, inside, i, 4, "truncated \\uXXXX escape", out);
        case 'U' -> i = hexadecimal(name, line, inside, i, 8, "truncated \\UXXXXXXXX escape", out);
        case 'N' -> i = named(name, line, inside, i, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(inside, i - 1, out);
        default -> out.append('\\').append(escape);
      }
    }
    return out.toString();
  }

  private static int hexadecimal(String name, int line, String inside, int from, int digits, String message,
      StringBuilder out) {
    int end = from + digits;
    if (end > inside.length()) {
      throw Lexer.error(name, line, message);
    }
    long codePoint = 0;
    for (int i = from; i < end; i++) {
      int digit = inside.charAt(i) > 'f' ? -1 : Character.digit(inside.charAt(i), 16);
      if (digit < 0) {
        throw Lexer.error(name, line, message);
      }
      codePoint = codePoint * 16 + digit;
    }
    if (codePoint > Character.MAX_CODE_POINT) {
      throw Lexer.error(name, line, "illegal Unicode character");
    }
    out.appendCodePoint((int) codePoint);
    return end;
  }

  private static int octal(String inside, int from, StringBuilder out) {
    int value = 0;
    int i = from;
    while (i < inside.length() && i < from + 3 && inside.charAt(i) >= '0' && inside.charAt(i) <= '7') {
      value = value * 8 + inside.charAt(i++) - '0';
    }
    out.append((char) value);
    return i;
  }

  private static int named(String name, int line, String inside, int from, StringBuilder out) {
    int close = inside.indexOf('}', from);
    if (from >= inside.length() || inside.charAt(from) != '{' || close < 0) {
      throw Lexer.error(name, line, "malformed \\N character escape");
    }
    try {
      out.appendCodePoint(Character.codePointOf(inside.substring(from + 1, close)));
    } catch (IllegalArgumentException e) {
      throw Lexer.error(name, line, "unknown Unicode character name");
    }
    return close + 1;
  }
}
