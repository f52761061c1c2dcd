/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import static java.util.Objects.requireNonNull;

/**
 * A stretch of a prompt.
 *
 * @param text the characters
 * @param trusted whether control tokens written in the text count: true for the text of a chat template; false for what came from the
 *        conversation, the tools or other arguments, where what looks like a control token is text
 */
public record TextFragment(String text, boolean trusted) {

  public TextFragment {
    requireNonNull(text, "text is null");
  }
}
