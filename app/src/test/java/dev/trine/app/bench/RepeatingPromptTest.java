/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.Prompt;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RepeatingPromptTest {

  /** Tokens 0 to 127, each of which is there once. */
  private static final String OWN_TEXT = IntStream.range(0, 128).mapToObj(Character::toString)
      .collect(Collectors.joining());

  private static ScriptedModel saying(String text) {
    return new ScriptedModel(request -> text, request -> ScriptedModel.finished(request, 10, 0, 0));
  }

  @Test
  void repeatsTheBeginningOfAModelsOwnTextAfterTheTextWithEdits() {
    ScriptedModel model = saying(OWN_TEXT);
    List<Integer> prompt = RepeatingPrompt.ofOwnText(new MeasuredModel(model)).orElseThrow();
    assertEquals(128 + 8, prompt.size());
    for (int part = 0; part < 4; part++) {
      int first = 32 * part;
      long edits = IntStream.range(first, first + 32).filter(i -> prompt.get(i) != i).count();
      // The token that replaces another may by chance be the same.
      assertTrue(edits <= 1, () -> "from " + first + ": " + prompt);
      assertEquals(IntStream.range(first, first + 8).boxed().toList(), prompt.subList(first, first + 8));
    }
    assertTrue(IntStream.range(0, 128).anyMatch(i -> prompt.get(i) != i), prompt::toString);
    assertEquals(IntStream.range(0, 8).boxed().toList(), prompt.subList(128, 136));
    assertEquals(128, model.requests.getFirst().maxTokens());
    assertTrue(model.requests.getFirst().prompt() instanceof Prompt.Tokens);
  }

  @Test
  void findsNoPromptWhereAModelRepeatsItselfOrItsTokensCannotBeTold() {
    for (String text : List.of(OWN_TEXT.substring(0, 64).repeat(2), OWN_TEXT.substring(0, 100))) {
      assertTrue(RepeatingPrompt.ofOwnText(new MeasuredModel(saying(text))).isEmpty(), text);
    }
  }
}
