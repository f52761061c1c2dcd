/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads numbers as Python's {@code int} and {@code float} do. */
final class NumberParser {

  private static final int MAX_DIGITS = 4_300;

  private NumberParser() {}

  /** The integer that a text means in a base from 2 to 36, or null. */
  static @Nullable BigInteger integer(String string, long base) {
    if (base != 0 && (base < 2 || base > 36)) {
      return null;
    }
    String text = trimmed(string);
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    int radix = (int) base;
    String prefix = digits.length() > 1 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
    int prefixRadix = switch (prefix) {
      case "0x" -> 16;
      case "0o" -> 8;
      case "0b" -> 2;
      default -> 0;
    };
    if (prefixRadix > 0 && (radix == prefixRadix || radix == 0)) {
      radix = prefixRadix;
      digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
    } else if (radix == 0) {
      radix = 10;
    }
    String plain = withoutUnderscores(digits);
    if (plain == null || plain.isEmpty() || plain.length() > MAX_DIGITS) {
      return null;
    }
    var ascii = new StringBuilder(plain.length());
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      int digit = c < 0x80 || Character.isDigit(c) ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return null;
      }
      ascii.append(Character.forDigit(digit, radix));
    }
    BigInteger value = new BigInteger(ascii.toString(), radix);
    return negative ? value.negate() : value;
  }

  /** The float that a text means, or null. */
  static @Nullable Double real(String string) {
    String text = withoutUnderscores(trimmed(string));
    if (text == null) {
      return null;
    }
    String unsigned = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    double sign = text.startsWith("-") ? -1 : 1;
    switch (unsigned.toLowerCase(Locale.ROOT)) {
      case "inf", "infinity" -> {
        return sign * Double.POSITIVE_INFINITY;
      }
      case "nan" -> {
        return Double.NaN;
      }
      default -> {
        // A number in digits.
      }
    }
    int i = digitsEnd(unsigned, 0);
    int digitCount = i;
    if (i < unsigned.length() && unsigned.charAt(i) == '.') {
      int end = digitsEnd(unsigned, i + 1);
      digitCount += end - i - 1;
      i = end;
    }
    if (digitCount == 0) {
      return null;
    }
    if (i < unsigned.length() && (unsigned.charAt(i) == 'e' || unsigned.charAt(i) == 'E')) {
      int exponent = i + 1;
      if (exponent < unsigned.length() && (unsigned.charAt(exponent) == '-' || unsigned.charAt(exponent) == '+')) {
        exponent++;
      }
      int end = digitsEnd(unsigned, exponent);
      if (end == exponent) {
        return null;
      }
      i = end;
    }
    return i == unsigned.length() ? sign * Double.parseDouble(unsigned) : null;
  }

  private static int digitsEnd(String text, int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i;
  }

  private static String trimmed(String string) {
    int from = 0;
    int to = string.length();
    while (from < to && Characters.isSpace(string.charAt(from))) {
      from++;
    }
    while (to > from && Characters.isSpace(string.charAt(to - 1))) {
      to--;
    }
    return string.substring(from, to);
  }

  /** Without the underscores, which may stand between two digits alone; null when one stands elsewhere. */
  private static @Nullable String withoutUnderscores(String text) {
    if (text.indexOf('_') < 0) {
      return text;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '_' && (i == 0 || i == text.length() - 1 || !Character.isLetterOrDigit(text.charAt(i - 1))
          || !Character.isLetterOrDigit(text.charAt(i + 1)))) {
        return null;
      }
    }
    return text.replace("_", "");
  }
}
