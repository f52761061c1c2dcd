/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Map;

/**
 * Two tokens that become one.
 *
 * @param left the first token's text
 * @param right the second token's text
 */
record Merge(String left, String right) {

  /**
   * A merge written as one string: the first space that is not the first character divides the tokens.
   *
   * @param field the list, for messages
   * @param index the place in the list, for messages
   */
  static Merge parse(String file, String field, int index, String merge) {
    int space = merge.indexOf(' ', 1);
    if (space < 0 || space + 1 == merge.length()) {
      throw TokenizerLimits.invalid(file, field + "[" + index + "]",
          "is " + Quoted.of(merge) + ", expected two tokens and a space between");
    }
    return new Merge(merge.substring(0, space), merge.substring(space + 1));
  }

  /** The text of the token that the two become. */
  String merged() {
    return left + right;
  }

  /** The id of a token that a merge names. */
  static int idOf(Map<String, Integer> vocabulary, String text, String file, String field, int index) {
    Integer id = vocabulary.get(text);
    if (id == null) {
      throw TokenizerLimits.invalid(file, field + "[" + index + "]",
          "needs " + Quoted.of(text) + ", which is not in the vocabulary");
    }
    return id;
  }
}
