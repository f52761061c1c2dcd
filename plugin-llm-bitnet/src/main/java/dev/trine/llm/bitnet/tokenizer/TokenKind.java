/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/** What a vocabulary entry is for. */
enum TokenKind {
  /** Text that encoding may produce. */
  NORMAL,
  /** Stands for text that nothing else can spell. */
  UNKNOWN,
  /** Steers the model; has no text of its own. */
  CONTROL,
  /** Text that is always this one token. */
  USER_DEFINED,
  /** A filler that is never produced. */
  UNUSED,
  /** One byte, written {@code <0xHH>}. */
  BYTE;

  /** Whether the token is recognised only in trusted text and renders as nothing. */
  boolean isControl() {
    return this == CONTROL || this == UNKNOWN;
  }
}
