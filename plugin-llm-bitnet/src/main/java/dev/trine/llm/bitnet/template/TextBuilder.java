/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Arrays;

/** Puts texts together, keeping the trust of every character and the limits of the rendering. */
final class TextBuilder {

  private final Budget budget;
  private final StringBuilder string = new StringBuilder();
  private int[] changes = {};
  private int changeCount;

  TextBuilder(Budget budget) {
    this.budget = budget;
  }

  int length() {
    return string.length();
  }

  TextBuilder append(String piece, boolean trusted) {
    if (!piece.isEmpty()) {
      reserve(piece.length());
      begin(trusted);
      string.append(piece);
    }
    return this;
  }

  /** Appends text of the template's own. */
  TextBuilder append(String piece) {
    return append(piece, true);
  }

  TextBuilder append(Text text) {
    return append(text, 0, text.string().length());
  }

  /** Appends the part between two UTF-16 offsets. */
  TextBuilder append(Text text, int from, int to) {
    if (from < to) {
      reserve(to - from);
      int at = from;
      while (at < to) {
        int end = Math.min(to, text.runEnd(at));
        begin(text.trustedAt(at));
        string.append(text.string(), at, end);
        at = end;
      }
    }
    return this;
  }

  TextBuilder appendRepeated(Text text, long count) {
    budget.checkText(text.string().length() * Math.max(0, count));
    for (long i = 0; i < count && !text.string().isEmpty(); i++) {
      append(text);
    }
    return this;
  }

  private void reserve(int more) {
    budget.checkText((long) string.length() + more);
    budget.work(more);
  }

  private void begin(boolean trusted) {
    boolean trustedNow = changeCount % 2 == 0;
    if (trusted != trustedNow) {
      if (changeCount == changes.length) {
        changes = Arrays.copyOf(changes, Math.max(8, changeCount * 2));
      }
      changes[changeCount++] = string.length();
    }
  }

  Text build() {
    return new Text(string.toString(), Arrays.copyOf(changes, changeCount), false);
  }
}
