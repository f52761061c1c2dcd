/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in text: leftmost first, the longest of those that begin together. */
final class AddedTokenMatcher {
  /** Bounds the work at each position of a text. */
  static final int LONGEST_CONTENT = 256;

  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private final BitSet firstCharacters = new BitSet();
  /** Trie: from key(node, character) to node; the root is 0. */
  private final LongTable children = new LongTable();
  /** The token whose text ends at a node. */
  private final List<@Nullable Terminal> terminals = new ArrayList<>();
  private boolean hasControlTokens;

  AddedTokenMatcher() {
    terminals.add(null);
  }

  /**
   * Adds a token; of two with the same text the first counts.
   *
   * @param text what to look for, 1 to {@link #LONGEST_CONTENT} characters
   */
  void add(String text, AddedToken token) {
    firstCharacters.set(text.charAt(0));
    int node = 0;
    for (int i = 0; i < text.length(); i++) {
      long key = LongTable.key(node, text.charAt(i));
      long child = children.get(key);
      if (child == LongTable.ABSENT) {
        child = terminals.size();
        children.put(key, child);
        terminals.add(null);
      }
      node = (int) child;
    }
    if (terminals.get(node) == null) {
      terminals.set(node, new Terminal(token, text.length()));
      hasControlTokens |= token.control();
    }
  }

  boolean hasControlTokens() {
    return hasControlTokens;
  }

  /** Receives the parts of a text from left to right. */
  interface PartConsumer {
    /** Text from {@code start} to {@code end} between tokens; never empty. */
    void text(int start, int end);

    /** A token. */
    void token(int id);
  }

  /**
   * Cuts a text into tokens and the text between them.
   *
   * @param trust where control tokens are recognised
   */
  void split(String text, TrustMap trust, PartConsumer parts) {
    int done = 0;
    int position = firstCandidate(text, 0);
    while (position < text.length()) {
      Terminal found = longestAt(text, position, trust);
      if (found == null) {
        position = firstCandidate(text, position + 1);
        continue;
      }
      AddedToken token = found.token();
      int start = position;
      int end = position + found.length();
      position = firstCandidate(text, end);
      if (token.singleWord() && touchesWord(text, start, end)) {
        continue;
      }
      if (token.stripLeft()) {
        while (start > done && CodePointSet.isWhiteSpace(text.charAt(start - 1))) {
          start--;
        }
      }
      if (token.stripRight()) {
        while (end < text.length() && CodePointSet.isWhiteSpace(text.charAt(end))) {
          end++;
        }
      }
      if (start > done) {
        parts.text(done, start);
      }
      parts.token(token.id());
      done = Math.max(done, end);
    }
    if (done < text.length()) {
      parts.text(done, text.length());
    }
  }

  private record Terminal(AddedToken token, int length) {}

  private @Nullable Terminal longestAt(String text, int start, TrustMap trust) {
    Terminal longest = null;
    int node = 0;
    for (int i = start; i < text.length(); i++) {
      long child = children.get(LongTable.key(node, text.charAt(i)));
      if (child == LongTable.ABSENT) {
        break;
      }
      node = (int) child;
      Terminal terminal = terminals.get(node);
      if (terminal != null && (!terminal.token().control() || trust.isTrusted(start, i + 1))) {
        longest = terminal;
      }
    }
    return longest;
  }

  private int firstCandidate(String text, int from) {
    int position = from;
    while (position < text.length() && !firstCharacters.get(text.charAt(position))) {
      position++;
    }
    return position;
  }

  private static boolean touchesWord(String text, int start, int end) {
    return (start > 0 && isWord(text.codePointBefore(start))) || (end < text.length() && isWord(text.codePointAt(end)));
  }

  private static boolean isWord(int codePoint) {
    return CodePointSet.isWord(codePoint) || Character.isAlphabetic(codePoint) || codePoint == ZERO_WIDTH_NON_JOINER
        || codePoint == ZERO_WIDTH_JOINER;
  }
}
