/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.session;

import dev.trine.llm.bitnet.tokenizer.StreamDecoder;
import java.util.List;

/** Turns generated tokens into text to show: whole characters only, and nothing of a stop text. One thread at a time. */
public final class TextOutput {

  private final StreamDecoder decoder;
  private final StopTexts stopTexts;

  /**
   * @param decoder fresh, for this generation alone
   * @param stops   texts that end the generation
   */
  public TextOutput(StreamDecoder decoder, List<String> stops) {
    this.decoder = decoder;
    this.stopTexts = new StopTexts(stops);
  }

  /** Takes a token and returns the text that can be shown now, possibly empty. */
  public String accept(int token) {
    return stopTexts.accept(decoder.accept(token));
  }

  /** Whether a stop text was found, so that the generation ends. */
  public boolean stopped() {
    return stopTexts.found();
  }

  /** The text that was held back, once no more tokens come; empty after a stop text. */
  public String finish() {
    if (stopTexts.found()) {
      return "";
    }
    String text = stopTexts.accept(decoder.flush());
    return stopTexts.found() ? text : text + stopTexts.flush();
  }
}
