/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/** Finds one string in another in time that grows with the sum of their lengths, not the product. */
final class TextSearch {

  /** Below this length of the pattern the plain search is quick whatever the text is. */
  private static final int SHORT = 32;

  private TextSearch() {}

  /** The offset of the first occurrence at or after an offset, or -1. */
  static int find(Budget budget, String text, String pattern, int from) {
    if (pattern.length() < SHORT) {
      int found = text.indexOf(pattern, from);
      budget.work((found < 0 ? text.length() : found) - Math.min(from, text.length()) + 1L);
      return found;
    }
    if (pattern.length() > text.length() - from) {
      return -1;
    }
    int found = findLong(text, pattern, from);
    budget.work((found < 0 ? text.length() : found) - from + 2L * pattern.length());
    return found;
  }

  private static int findLong(String text, String pattern, int from) {
    int[] border = borders(pattern);
    int matched = 0;
    for (int i = from; i < text.length(); i++) {
      while (matched > 0 && text.charAt(i) != pattern.charAt(matched)) {
        matched = border[matched - 1];
      }
      if (text.charAt(i) == pattern.charAt(matched)) {
        matched++;
      }
      if (matched == pattern.length()) {
        return i - matched + 1;
      }
    }
    return -1;
  }

  /** For every prefix the length of its longest proper prefix that is also its suffix (Knuth, Morris and Pratt). */
  private static int[] borders(String pattern) {
    int[] border = new int[pattern.length()];
    int length = 0;
    for (int i = 1; i < pattern.length(); i++) {
      while (length > 0 && pattern.charAt(i) != pattern.charAt(length)) {
        length = border[length - 1];
      }
      if (pattern.charAt(i) == pattern.charAt(length)) {
        length++;
      }
      border[i] = length;
    }
    return border;
  }

  /** The offset of the last occurrence that ends at or before an offset, or -1. */
  static int findLast(Budget budget, String text, String pattern, int end) {
    if (pattern.length() < SHORT) {
      int found = text.lastIndexOf(pattern, end - pattern.length());
      budget.work(end - Math.max(found, 0) + 1L);
      return found;
    }
    String reversedText = new StringBuilder(text.substring(0, end)).reverse().toString();
    int found = find(budget, reversedText, new StringBuilder(pattern).reverse().toString(), 0);
    return found < 0 ? -1 : end - found - pattern.length();
  }

  /** Number of occurrences that do not overlap. */
  static int count(Budget budget, String text, String pattern) {
    if (pattern.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1;
    }
    int count = 0;
    int found = find(budget, text, pattern, 0);
    while (found >= 0) {
      count++;
      found = find(budget, text, pattern, found + pattern.length());
    }
    return count;
  }
}
