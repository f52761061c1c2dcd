/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A byte-level vocabulary of a given size: the 256 bytes, made-up words of a space and letters, and at the end a few control tokens. A
 * text of such words has one token for each.
 */
final class SyntheticVocabulary {

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int CONTROL_TOKENS = 2;
  private static final int BYTES = 256;
  private static final int LETTERS = 26;

  private final List<String> tokens;

  /** @param size number of tokens, at least 300 */
  SyntheticVocabulary(int size) {
    tokens = new ArrayList<>(byteAlphabet());
    for (int i = 0; i < size - BYTES - CONTROL_TOKENS; i++) {
      tokens.add(word(i));
    }
    tokens.add("<|begin_of_text|>");
    tokens.add("<|end_of_text|>");
  }

  /** All tokens, in the byte alphabet of GPT-2. */
  List<String> tokens() {
    return tokens;
  }

  /** GGUF's type of each: 1 normal, 3 control. */
  int[] types() {
    return IntStream.range(0, tokens.size()).map(id -> id < beginOfText() ? NORMAL : CONTROL).toArray();
  }

  int beginOfText() {
    return tokens.size() - CONTROL_TOKENS;
  }

  int endOfText() {
    return tokens.size() - 1;
  }

  /** The only merge, which GGUF wants: of the space and the first letter. */
  static List<String> merges() {
    return List.of("\u0120 a");
  }

  /** A space, which the byte alphabet writes as U+0120, and a number in letters. */
  private static String word(int number) {
    var word = new StringBuilder();
    int rest = number;
    do {
      word.append((char) ('a' + rest % LETTERS));
      rest = rest / LETTERS - 1;
    } while (rest >= 0);
    return word.append('\u0120').reverse().toString();
  }

  /** The characters by which byte-level BPE writes the 256 bytes: printable ones as they are, others from U+0100 on. */
  private static List<String> byteAlphabet() {
    var alphabet = new ArrayList<String>();
    var others = new ArrayList<String>();
    for (int value = 0; value < BYTES; value++) {
      boolean printable = (value > ' ' && value < 0x7F) || (value > 0xA0 && value != 0xAD);
      if (printable) {
        alphabet.add(Character.toString(value));
      } else {
        others.add(Character.toString(BYTES + others.size()));
      }
    }
    alphabet.addAll(others);
    return alphabet;
  }
}
