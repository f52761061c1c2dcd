/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/**
 * A token that is looked for in the text before anything else.
 *
 * @param id its id
 * @param content its text
 * @param control whether it counts in trusted text alone
 * @param stripLeft whether white space before it belongs to it
 * @param stripRight whether white space after it belongs to it
 * @param singleWord whether it must not touch a letter, mark, digit or underscore
 * @param normalized whether it is looked for in the normalised text instead of the text as written
 */
record AddedToken(int id, String content, boolean control, boolean stripLeft, boolean stripRight, boolean singleWord,
    boolean normalized) {

  /** A token without any of the flags. */
  static AddedToken plain(int id, String content, boolean control) {
    return new AddedToken(id, content, control, false, false, false, false);
  }
}
