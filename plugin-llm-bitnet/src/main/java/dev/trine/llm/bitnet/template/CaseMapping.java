/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Locale;

/** Upper, lower and title case by Unicode's full mappings, as Python's string methods do; every character keeps its trust. */
final class CaseMapping {

  private static final int SIGMA = 0x3a3;

  private CaseMapping() {}

  static Text upper(Budget budget, Text text) {
    var out = new TextBuilder(budget);
    appendUpper(out, text, 0, text.string().length());
    return out.build().asMarkup(text.markup());
  }

  static Text lower(Budget budget, Text text) {
    var out = new TextBuilder(budget);
    appendLower(out, text, 0, text.string().length(), 0);
    return out.build().asMarkup(text.markup());
  }

  /** The first character in title case, the rest in lower case. */
  static Text capitalize(Budget budget, Text text) {
    String string = text.string();
    if (string.isEmpty()) {
      return text;
    }
    int first = string.codePointAt(0);
    int rest = Character.charCount(first);
    var out = new TextBuilder(budget);
    out.append(title(first), text.trustedAt(0));
    appendLower(out, text, rest, string.length(), 0);
    return out.build().asMarkup(text.markup());
  }

  /** Title case after every character without case, lower case after the others: {@code str.title}. */
  static Text title(Budget budget, Text text) {
    String string = text.string();
    var out = new TextBuilder(budget);
    boolean afterCased = false;
    for (int i = 0; i < string.length();) {
      int c = string.codePointAt(i);
      if (afterCased) {
        out.append(lower(string, i, c, 0, string.length()), text.trustedAt(i));
      } else {
        out.append(title(c), text.trustedAt(i));
      }
      afterCased = Characters.isCased(c);
      i += Character.charCount(c);
    }
    return out.build().asMarkup(text.markup());
  }

  /** Jinja's filter {@code title}: words begin after blanks, hyphens and opening brackets. */
  static Text titleWords(Budget budget, Text text) {
    String string = text.string();
    var out = new TextBuilder(budget);
    int i = 0;
    while (i < string.length()) {
      boolean separator = isWordSeparator(string.charAt(i));
      int end = i;
      while (end < string.length() && isWordSeparator(string.charAt(end)) == separator) {
        end++;
      }
      int rest = i + Character.charCount(string.codePointAt(i));
      appendUpper(out, text, i, rest);
      appendLower(out, text, rest, end, rest);
      i = end;
    }
    return out.build();
  }

  private static boolean isWordSeparator(char c) {
    return Characters.isSpace(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
  }

  static Text swapCase(Budget budget, Text text) {
    String string = text.string();
    var out = new TextBuilder(budget);
    for (int i = 0; i < string.length();) {
      int c = string.codePointAt(i);
      int width = Character.charCount(c);
      if (Character.isUpperCase(c)) {
        out.append(lower(string, i, c, 0, string.length()), text.trustedAt(i));
      } else {
        appendUpper(out, text, i, i + width);
      }
      i += width;
    }
    return out.build().asMarkup(text.markup());
  }

  private static void appendUpper(TextBuilder out, Text text, int from, int to) {
    String string = text.string();
    for (int i = from; i < to;) {
      int end = Math.min(text.runEnd(i), to);
      out.append(string.substring(i, end).toUpperCase(Locale.ROOT), text.trustedAt(i));
      i = end;
    }
  }

  /**
   * Appends in lower case.
   *
   * @param contextStart where the string begins that decides about final sigmas; it ends with the part, as in all callers
   */
  private static void appendLower(TextBuilder out, Text text, int from, int to, int contextStart) {
    String string = text.string();
    int sigma = string.indexOf(SIGMA, from);
    if (sigma < 0 || sigma >= to) {
      for (int i = from; i < to;) {
        int end = Math.min(text.runEnd(i), to);
        out.append(string.substring(i, end).toLowerCase(Locale.ROOT), text.trustedAt(i));
        i = end;
      }
      return;
    }
    for (int i = from; i < to;) {
      int c = string.codePointAt(i);
      out.append(lower(string, i, c, contextStart, to), text.trustedAt(i));
      i += Character.charCount(c);
    }
  }

  private static String lower(String string, int offset, int c, int contextStart, int contextEnd) {
    if (c == SIGMA) {
      return isFinal(string, offset, contextStart, contextEnd) ? "\u03c2" : "\u03c3";
    }
    return Character.toString(c).toLowerCase(Locale.ROOT);
  }

  /** Whether a sigma ends a word: a letter with case before it and none after, ignoring marks. */
  private static boolean isFinal(String string, int offset, int start, int end) {
    int before = offset;
    while (before > start && Characters.isCaseIgnorable(string.codePointBefore(before))) {
      before -= Character.charCount(string.codePointBefore(before));
    }
    if (before <= start || !Characters.isCased(string.codePointBefore(before))) {
      return false;
    }
    int after = offset + 1;
    while (after < end && Characters.isCaseIgnorable(string.codePointAt(after))) {
      after += Character.charCount(string.codePointAt(after));
    }
    return after >= end || !Characters.isCased(string.codePointAt(after));
  }

  private static String title(int c) {
    int simple = Character.toTitleCase(c);
    String upper = Character.toString(c).toUpperCase(Locale.ROOT);
    int first = upper.codePointAt(0);
    int width = Character.charCount(first);
    if (simple != c || width == upper.length()) {
      return Character.toString(simple);
    }
    if (c == 0x149) {
      return upper;
    }
    // A ligature or a letter with marks: its first letter stays large, an iota becomes a subscript again.
    String rest = upper.substring(width);
    return Character.toString(first)
        + (c >= 0x1f00 && c < 0x2000 ? rest.replace('\u0399', '\u0345') : rest.toLowerCase(Locale.ROOT));
  }
}
