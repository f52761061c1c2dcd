/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import java.nio.charset.StandardCharsets;
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
      throw noPair(file, field, index, merge);
    }
    return new Merge(merge.substring(0, space), merge.substring(space + 1));
  }

  /** Where {@link #parse} would divide a merge in UTF-8. */
  static int spaceIn(String file, String field, int index, byte[] merge) {
    for (int i = 1; i < merge.length - 1; i++) {
      if (merge[i] == ' ') {
        return i;
      }
    }
    throw noPair(file, field, index, new String(merge, StandardCharsets.UTF_8));
  }

  private static PlatformException noPair(String file, String field, int index, String merge) {
    return TokenizerLimits.invalid(file, field + "[" + index + "]",
        "is " + Quoted.of(merge) + ", expected two tokens and a space between");
  }

  /** The failure of a merge that names a token that is not there. */
  static PlatformException unknown(String file, String field, int index, String text) {
    return TokenizerLimits.invalid(file, field + "[" + index + "]",
        "needs " + Quoted.of(text) + ", which is not in the vocabulary");
  }

  /** The text of the token that the two become. */
  String merged() {
    return left + right;
  }

  /** The id of a token that a merge names. */
  static int idOf(Map<String, Integer> vocabulary, String text, String file, String field, int index) {
    Integer id = vocabulary.get(text);
    if (id == null) {
      throw unknown(file, field, index, text);
    }
    return id;
  }
}
