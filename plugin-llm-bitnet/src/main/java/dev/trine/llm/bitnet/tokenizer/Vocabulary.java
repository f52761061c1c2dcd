/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The entries of a vocabulary by id. */
final class Vocabulary {
  private static final byte[] NOTHING = new byte[0];

  /** The entry of an id without a token. */
  static final Entry FILLER = new Entry("", TokenKind.UNUSED, NOTHING);

  private final Entry[] entries;
  private final Map<String, Integer> addedTokens = new HashMap<>();

  /** A vocabulary of entries by id. */
  Vocabulary(List<Entry> entries) {
    this.entries = entries.toArray(Entry[]::new);
    for (int id = 0; id < this.entries.length; id++) {
      Entry entry = this.entries[id];
      if (entry.kind().isControl() || entry.kind() == TokenKind.USER_DEFINED) {
        addedTokens.put(entry.text(), id);
      }
    }
  }

  int size() {
    return entries.length;
  }

  boolean contains(int id) {
    return id >= 0 && id < entries.length;
  }

  String text(int id) {
    return contains(id) ? entries[id].text() : "";
  }

  /** The id of a control or user-defined token; -1 when there is none with this text. */
  int addedTokenId(String text) {
    return addedTokens.getOrDefault(text, -1);
  }

  boolean isControl(int id) {
    return contains(id) && entries[id].kind().isControl();
  }

  /** The bytes that a token adds to a text; not a copy. */
  byte[] bytes(int id, boolean showControl) {
    boolean silent = !contains(id) || entries[id].kind() == TokenKind.UNUSED
        || (!showControl && entries[id].kind().isControl());
    return silent ? NOTHING : entries[id].bytes;
  }

  /** One entry; {@code bytes} is what it adds to a text, for a control token what it adds when control tokens are shown. */
  static final class Entry {
    private final @Nullable String text;
    private final @Nullable ScoredPiece piece;
    private final TokenKind kind;
    private final byte[] bytes;

    Entry(String text, TokenKind kind, byte[] bytes) {
      this(text, null, kind, bytes);
    }

    /** An entry with the text and kind of a piece. */
    Entry(ScoredPiece piece, byte[] bytes) {
      this(null, piece, piece.kind(), bytes);
    }

    private Entry(@Nullable String text, @Nullable ScoredPiece piece, TokenKind kind, byte[] bytes) {
      this.text = text;
      this.piece = piece;
      this.kind = kind;
      this.bytes = bytes.length == 0 ? NOTHING : bytes;
    }

    String text() {
      return piece != null ? piece.text() : text == null ? "" : text;
    }

    TokenKind kind() {
      return kind;
    }
  }
}
