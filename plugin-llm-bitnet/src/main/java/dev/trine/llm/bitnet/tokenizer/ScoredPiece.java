/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An entry of a SentencePiece or GGUF vocabulary. */
final class ScoredPiece {
  private final byte[] bytes;
  private final boolean wellFormed;
  private final float score;
  private final TokenKind kind;
  /** Made when it is asked for: of most entries nobody does. */
  private @Nullable String text;

  /**
   * An entry.
   *
   * @param bytes as the vocabulary writes it, in UTF-8 as a rule; not copied
   * @param score higher scores merge first; finite
   * @param kind what it is for
   */
  ScoredPiece(byte[] bytes, float score, TokenKind kind) {
    this(bytes, Utf8.isWellFormed(bytes), score, kind);
  }

  private ScoredPiece(byte[] bytes, boolean wellFormed, float score, TokenKind kind) {
    this.bytes = bytes;
    this.wellFormed = wellFormed;
    this.score = score;
    this.kind = kind;
  }

  ScoredPiece withKind(TokenKind newKind) {
    return newKind == kind ? this : new ScoredPiece(bytes, wellFormed, score, newKind);
  }

  byte[] bytes() {
    return bytes;
  }

  /** The text; malformed bytes as U+FFFD. */
  String text() {
    String known = text;
    if (known == null) {
      known = new String(bytes, StandardCharsets.UTF_8);
      text = known;
    }
    return known;
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
