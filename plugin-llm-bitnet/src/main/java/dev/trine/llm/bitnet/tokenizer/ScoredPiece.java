/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An entry of a SentencePiece or GGUF vocabulary. */
final class ScoredPiece {
  private final byte[] bytes;
  private final String text;
  private final boolean wellFormed;
  private final float score;
  private final TokenKind kind;

  /**
   * An entry.
   *
   * @param bytes as the vocabulary writes it, in UTF-8 as a rule; not copied
   * @param score higher scores merge first; finite
   * @param kind what it is for
   */
  ScoredPiece(byte[] bytes, float score, TokenKind kind) {
    this.bytes = bytes;
    this.text = new String(bytes, StandardCharsets.UTF_8);
    this.wellFormed = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
    this.score = score;
    this.kind = kind;
  }

  ScoredPiece withKind(TokenKind newKind) {
    return new ScoredPiece(bytes, score, newKind);
  }

  byte[] bytes() {
    return bytes;
  }

  /** The text; malformed bytes as U+FFFD. */
  String text() {
    return text;
  }

  /** Whether the text can occur in a prompt: it is not empty, and its bytes are UTF-8. */
  boolean isMatchable() {
    return wellFormed && bytes.length > 0;
  }

  float score() {
    return score;
  }

  TokenKind kind() {
    return kind;
  }
}
