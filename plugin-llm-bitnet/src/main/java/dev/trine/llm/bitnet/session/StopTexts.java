/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.session;

import java.util.List;

/**
 * Finds stop texts in a stream of text and holds back what may be the beginning of one. Each stop text is matched with the
 * automaton of Knuth, Morris and Pratt (1977), so a character costs the same however long the texts are. One thread at a time.
 */
final class StopTexts {

  private final Matcher[] matchers;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  /** @param stops non-empty texts; none to let everything through */
  StopTexts(List<String> stops) {
    matchers = stops.stream().map(Matcher::new).toArray(Matcher[]::new);
  }

  /** Whether a stop text has been found. */
  boolean found() {
    return found;
  }

  /** Takes more text and returns what can be shown now: everything that cannot be part of a stop text. */
  String accept(String text) {
    if (found) {
      return "";
    }
    if (matchers.length == 0) {
      return text;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      held.append(c);
      int longest = 0;
      for (Matcher matcher : matchers) {
        if (matcher.advance(c)) {
          longest = Math.max(longest, matcher.stop.length());
        }
      }
      if (longest > 0) {
        found = true;
        held.setLength(held.length() - longest);
        return release(held.length());
      }
    }
    int partial = 0;
    for (Matcher matcher : matchers) {
      partial = Math.max(partial, matcher.matched);
    }
    return release(held.length() - partial);
  }

  /** What is still held back, once no more text comes. */
  String flush() {
    return release(held.length());
  }

  private String release(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** Automaton of one stop text. */
  private static final class Matcher {
    private final String stop;
    /** For each prefix, the length of its longest proper prefix that is also its suffix. */
    private final int[] fallback;
    private int matched;

    Matcher(String stop) {
      this.stop = stop;
      fallback = new int[stop.length() + 1];
      for (int i = 1, length = 0; i < stop.length(); i++) {
        while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
          length = fallback[length];
        }
        if (stop.charAt(i) == stop.charAt(length)) {
          length++;
        }
        fallback[i + 1] = length;
      }
    }

    /** Takes one character; whether the stop text is complete. */
    boolean advance(char c) {
      while (matched > 0 && stop.charAt(matched) != c) {
        matched = fallback[matched];
      }
      if (stop.charAt(matched) == c) {
        matched++;
      }
      return matched == stop.length();
    }
  }
}
