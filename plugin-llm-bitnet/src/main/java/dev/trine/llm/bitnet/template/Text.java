/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.llm.bitnet.tokenizer.TextFragment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A string that knows which of its characters came from outside the template. Offsets are UTF-16 units; Python's own offsets
 * are code points, see {@link #offset}.
 */
final class Text implements Value {

  private static final int[] ALL_TRUSTED = {};
  private static final int[] ALL_UNTRUSTED = {0};

  static final Text EMPTY = trusted("");

  private final String string;
  /** Ascending offsets at which trust changes; the text begins trusted. */
  private final int[] changes;
  private final boolean markup;

  Text(String string, int[] changes, boolean markup) {
    this.string = string;
    this.changes = changes;
    this.markup = markup;
  }

  /** A text of the template's own. */
  static Text trusted(String string) {
    return new Text(string, ALL_TRUSTED, false);
  }

  /** A text of the conversation or another stranger. */
  static Text untrusted(String string) {
    return new Text(string, string.isEmpty() ? ALL_TRUSTED : ALL_UNTRUSTED, false);
  }

  static Text of(String string, boolean trusted) {
    return trusted ? trusted(string) : untrusted(string);
  }

  String string() {
    return string;
  }

  /** Whether the text counts as HTML already escaped, as Python's {@code Markup} does. */
  boolean markup() {
    return markup;
  }

  Text asMarkup(boolean value) {
    return markup == value ? this : new Text(string, changes, value);
  }

  /** Whether no character came from outside. */
  boolean trusted() {
    return changes.length == 0;
  }

  boolean trustedAt(int offset) {
    return runAt(offset) % 2 == 0;
  }

  /** Where the run of equal trust that holds this offset ends. */
  int runEnd(int offset) {
    int run = runAt(offset);
    return run < changes.length ? changes[run] : string.length();
  }

  /** Number of trust changes at or before this offset. */
  private int runAt(int offset) {
    if (changes.length == 0) {
      return 0;
    }
    int found = Arrays.binarySearch(changes, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** The part from one UTF-16 offset to another. */
  Text part(int from, int to) {
    if (from == 0 && to == string.length()) {
      return this;
    }
    if (from >= to) {
      return EMPTY.asMarkup(markup);
    }
    String piece = string.substring(from, to);
    if (changes.length == 0) {
      return new Text(piece, ALL_TRUSTED, markup);
    }
    int run = runAt(from);
    int last = run;
    while (last < changes.length && changes[last] < to) {
      last++;
    }
    int first = run % 2;
    int[] partChanges = new int[last - run + first];
    for (int i = run; i < last; i++) {
      partChanges[i - run + first] = changes[i] - from;
    }
    return new Text(piece, partChanges, markup);
  }

  /** Python's length: code points. */
  int length() {
    return string.codePointCount(0, string.length());
  }

  /** The UTF-16 offset of a code point, which must be within the text or at its end. */
  int offset(int codePoints) {
    return string.offsetByCodePoints(0, codePoints);
  }

  /** The code point as a text of its own. */
  Text characterAt(int offset) {
    return part(offset, offset + Character.charCount(string.codePointAt(offset)));
  }

  /** Maximal runs of equal trust, in order, none empty. */
  List<TextFragment> fragments() {
    var fragments = new ArrayList<TextFragment>();
    int from = 0;
    while (from < string.length()) {
      int to = runEnd(from);
      fragments.add(new TextFragment(string.substring(from, to), trustedAt(from)));
      from = to;
    }
    return fragments;
  }

  @Override
  public String toString() {
    return string;
  }
}
