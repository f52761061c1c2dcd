/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Prompts whose continuation repeats them, as summaries, edits of code and filled-in forms do. */
final class RepeatingPrompt {

  /** How much a model with random weights writes before it is made to write it again, in tokens. */
  private static final int OWN_TEXT_TOKENS = 128;
  /** Of that text every so many-th token is another one in the prompt than what the model writes: an edit. */
  private static final int TOKENS_PER_EDIT = 32;
  /** How much of the text the prompt ends with: where the model goes on from. */
  private static final int BEGUN_TOKENS = 8;
  private static final int ATTEMPTS = 8;
  private static final long SEED = 7;

  private static final String RECORD = """
      {
        "order": 48213,
        "customer": {"name": "Ada Winter", "city": "Rotterdam", "country": "NL"},
        "lines": [
          {"article": "copper wire 2.5 mm", "quantity": 12, "unit": "m", "price": 1.85},
          {"article": "junction box, grey", "quantity": 4, "unit": "pcs", "price": 3.20},
          {"article": "cable clamp 8 mm", "quantity": 50, "unit": "pcs", "price": 0.11}
        ],
        "delivery": {"date": "2024-03-18", "carrier": "post", "paid": true}
      }
      """;
  private static final int RECORD_BEGUN_CHARS = 24;

  private RepeatingPrompt() {}

  /** For a model that has been trained: a record in JSON, twice, and the beginning of a third copy. */
  static List<Integer> ofRecord(MeasuredModel model) {
    String prompt = RECORD + "\n" + RECORD + "\n" + RECORD.substring(0, RECORD_BEGUN_CHARS);
    return model.model().tokenize(new Prompt.Text(prompt));
  }

  /**
   * For random weights, which copy nothing: a text that the model has written itself, with an edit now and then, and its beginning once
   * more. The synthetic models' next token depends on the one before alone, so they go on with the text as they wrote it, and what the
   * prompt tells ahead is right but for the edits.
   *
   * @return the prompt; empty when the model's tokens cannot be told from its text
   */
  static Optional<List<Integer>> ofOwnText(MeasuredModel model) {
    var random = new Random(SEED);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<Integer> start = model.randomPrompt(1);
      String text = model.generate(start, OWN_TEXT_TOKENS).text();
      List<Integer> tokens = model.model().tokenize(new Prompt.Text(text));
      if (tokens.size() > OWN_TEXT_TOKENS) {
        // What the tokenizer puts before every text.
        tokens = tokens.subList(tokens.size() - OWN_TEXT_TOKENS, tokens.size());
      }
      if (tokens.size() == OWN_TEXT_TOKENS && tokens.stream().distinct().count() == OWN_TEXT_TOKENS) {
        return Optional.of(edited(tokens, model.randomPrompt(OWN_TEXT_TOKENS / TOKENS_PER_EDIT), random));
      }
    }
    return Optional.empty();
  }

  private static List<Integer> edited(List<Integer> tokens, List<Integer> others, Random random) {
    var prompt = new ArrayList<>(tokens);
    for (int i = 0; i < others.size(); i++) {
      int within = BEGUN_TOKENS + random.nextInt(TOKENS_PER_EDIT - BEGUN_TOKENS);
      prompt.set(i * TOKENS_PER_EDIT + within, others.get(i));
    }
    prompt.addAll(tokens.subList(0, BEGUN_TOKENS));
    return prompt;
  }
}
