/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The entries of a vocabulary by id. */
final class Vocabulary {
  private static final byte[] NOTHING = new byte[0];

  /** The entry of an id without a token. */
  static final Entry FILLER = new Entry("", TokenKind.UNUSED, NOTHING);

  private final String[] texts;
  private final TokenKind[] kinds;
  private final byte[][] bytes;
  private final Map<String, Integer> addedTokens = new HashMap<>();

  /** A vocabulary of entries by id. */
  Vocabulary(List<Entry> entries) {
    int size = entries.size();
    texts = new String[size];
    kinds = new TokenKind[size];
    bytes = new byte[size][];
    for (int id = 0; id < size; id++) {
      Entry entry = entries.get(id);
      texts[id] = entry.text();
      kinds[id] = entry.kind();
      bytes[id] = entry.bytes.length == 0 ? NOTHING : entry.bytes;
      if (entry.kind().isControl() || entry.kind() == TokenKind.USER_DEFINED) {
        addedTokens.put(entry.text(), id);
      }
    }
  }

  int size() {
    return texts.length;
  }

  boolean contains(int id) {
    return id >= 0 && id < texts.length;
  }

  String text(int id) {
    return contains(id) ? texts[id] : "";
  }

  /** The id of a control or user-defined token; -1 when there is none with this text. */
  int addedTokenId(String text) {
    return addedTokens.getOrDefault(text, -1);
  }

  boolean isControl(int id) {
    return contains(id) && kinds[id].isControl();
  }

  /** The bytes that a token adds to a text; not a copy. */
  byte[] bytes(int id, boolean showControl) {
    boolean silent = !contains(id) || kinds[id] == TokenKind.UNUSED || (!showControl && kinds[id].isControl());
    return silent ? NOTHING : bytes[id];
  }

  /** One entry; {@code bytes} is what it adds to a text, for a control token what it adds when control tokens are shown. */
  static final class Entry {
    private final String text;
    private final TokenKind kind;
    private final byte[] bytes;

    Entry(String text, TokenKind kind, byte[] bytes) {
      this.text = text;
      this.kind = kind;
      this.bytes = bytes;
    }

    String text() {
      return text;
    }

    TokenKind kind() {
      return kind;
    }
  }
}
