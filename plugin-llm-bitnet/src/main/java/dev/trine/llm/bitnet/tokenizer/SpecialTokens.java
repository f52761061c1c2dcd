/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * The tokens that a model gives a meaning to.
 *
 * @param beginOfTextId -1 when there is none
 * @param endOfGenerationIds the tokens that end an answer
 * @param before the tokens that go before a text
 * @param after the tokens that go after a text
 */
record SpecialTokens(int beginOfTextId, Set<Integer> endOfGenerationIds, List<Integer> before, List<Integer> after) {

  /** Names of control tokens that end an answer whatever the model's settings say. */
  static final Set<String> END_OF_GENERATION_NAMES = Set.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<|endoftext|>",
      "<|end_of_text|>", "<end_of_turn>", "</s>", "<|eom_id|>");

  SpecialTokens {
    endOfGenerationIds = Set.copyOf(endOfGenerationIds);
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  boolean addsBeginOfText() {
    return beginOfTextId >= 0 && before.contains(beginOfTextId);
  }
}
