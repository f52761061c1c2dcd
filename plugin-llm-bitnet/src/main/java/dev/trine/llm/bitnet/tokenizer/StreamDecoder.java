/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.function.IntPredicate;

/**
 * Turns ids that arrive one by one into text, whole characters only: the bytes of a character may be spread over several tokens. For
 * one thread.
 */
public final class StreamDecoder {
  private final Vocabulary vocabulary;
  private final LeadingSpace leadingSpace;
  private final IntPredicate shownControl;
  private final Utf8Accumulator utf8 = new Utf8Accumulator();
  private boolean firstToken;
  private int spacesToStrip;

  /**
   * A decoder.
   *
   * @param leadingSpace what to remove at the start; applies to the first token that adds text
   * @param shownControl which control tokens add their own text; the others add nothing
   */
  StreamDecoder(Vocabulary vocabulary, LeadingSpace leadingSpace, IntPredicate shownControl) {
    this.vocabulary = vocabulary;
    this.leadingSpace = leadingSpace;
    this.shownControl = shownControl;
    this.firstToken = true;
    this.spacesToStrip = switch (leadingSpace) {
      case LeadingSpace.Kept _ -> 0;
      case LeadingSpace.Stripped(int count) -> count;
      case LeadingSpace.StrippedFromFirstToken _ -> Integer.MAX_VALUE;
    };
  }

  /**
   * The characters that a token completes; possibly none. An id outside the vocabulary adds nothing.
   */
  public String accept(int id) {
    var text = new StringBuilder();
    append(id, text);
    return text.toString();
  }

  /** Ends the text: U+FFFD if a character is incomplete, otherwise nothing. The decoder can go on after it. */
  public String flush() {
    var text = new StringBuilder();
    utf8.flush(text);
    return text.toString();
  }

  void append(int id, StringBuilder text) {
    byte[] bytes = vocabulary.bytes(id, shownControl.test(id));
    if (bytes.length == 0) {
      return;
    }
    boolean everySpace = firstToken && leadingSpace instanceof LeadingSpace.StrippedFromFirstToken;
    for (byte value : bytes) {
      if (spacesToStrip > 0) {
        if (value == ' ') {
          spacesToStrip--;
          continue;
        }
        if (!everySpace) {
          spacesToStrip = 0;
        }
      }
      utf8.accept(value & 0xFF, text);
    }
    firstToken = false;
    if (everySpace) {
      spacesToStrip = 0;
    }
  }
}
