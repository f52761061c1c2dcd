/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * The vocabulary of one model: text to token ids and ids to text. Immutable and safe for use by many threads.
 *
 * <p>
 * A <em>control</em> token (beginning of text, end of turn, ...) steers the model and renders as nothing. A <em>user-defined</em> token
 * is a stretch of text that is always one token.
 */
public interface Tokenizer {

  /** The number of ids; valid ids are 0 to this minus 1. */
  int vocabularySize();

  /**
   * The ids of a text, without beginning-of-text or other tokens around it.
   *
   * @param parseControl whether the text of a control token in {@code text} becomes that token; false for text by a user
   */
  default int[] encode(String text, boolean parseControl) {
    return encodeFragments(List.of(new TextFragment(text, parseControl)));
  }

  /**
   * The ids of the concatenated fragments. A control token is recognised only where its whole text lies in trusted fragments; all else
   * runs across the borders, so the ids are those of {@link #encode} of the concatenation whenever no untrusted fragment takes part in
   * a control token's text.
   */
  int[] encodeFragments(List<TextFragment> fragments);

  /**
   * The ids of a text with control tokens recognised and with the tokens that the model expects around a text.
   */
  int[] encodeWithSpecial(String text);

  /** Whether a prompt should begin with {@link #beginOfTextId} unless it already does. */
  boolean addsBeginOfText();

  /** The beginning-of-text token; -1 when there is none. */
  int beginOfTextId();

  /** The tokens that end an answer: end of text, of turn and of message. */
  Set<Integer> endOfGenerationIds();

  /**
   * The bytes that a token adds to the text; empty for control tokens and for ids without a token. They need not be whole characters.
   *
   * @param id any number; outside the vocabulary the result is empty
   */
  byte[] tokenBytes(int id);

  /** Whether the token steers the model and renders as nothing. */
  boolean isControl(int id);

  /** The token as the vocabulary writes it, for messages; empty for ids without a token. */
  String tokenText(int id);

  /**
   * The text of ids from the start of a text: malformed UTF-8 becomes U+FFFD, and the space that SentencePiece puts before a text is
   * removed.
   *
   * @param skipSpecial whether control tokens are left out; otherwise their own text appears
   */
  String decode(int[] ids, boolean skipSpecial);

  /**
   * A decoder for ids that arrive one by one.
   *
   * @param atStartOfText whether the first id begins a text, so that SentencePiece's leading space is removed; false when the ids go on
   *        from a prompt
   * @param shownControlIds control tokens that render as their own text all the same, such as the marks around a tool call
   */
  StreamDecoder newStreamDecoder(boolean atStartOfText, Set<Integer> shownControlIds);

  /** A decoder for ids that go on from a prompt; control tokens render as nothing. */
  default StreamDecoder newStreamDecoder() {
    return newStreamDecoder(false, Set.of());
  }

  /** The id of the control or user-defined token with a text, such as {@code <tool_call>}; -1 when there is none. */
  int addedTokenId(String text);

  /** What was doubtful in the files, one sentence each, for the log. */
  List<String> warnings();
}
