/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

/** What decoding removes at the start of a text. */
sealed interface LeadingSpace {

  /** Nothing. */
  record Kept() implements LeadingSpace {}

  /** Up to a number of spaces. */
  record Stripped(int count) implements LeadingSpace {}

  /** Every space that the first token writes. */
  record StrippedFromFirstToken() implements LeadingSpace {}
}
