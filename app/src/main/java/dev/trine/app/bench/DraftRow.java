/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.app.bench.MeasuredModel.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One stream on text that repeats its prompt: with drafts as the engine makes them when nobody says anything, beside the same without
 * drafts, and with as many as it can make. All must write the same.
 */
final class DraftRow implements Row {

  private final MeasuredModel model;
  private final List<Integer> prompt;
  private final int tokens;
  private final Drafting usual = new Drafting();
  private final Drafting without = new Drafting();
  private final Drafting forced = new Drafting();
  private boolean identical = true;

  DraftRow(MeasuredModel model, List<Integer> prompt, int tokens) {
    this.model = model;
    this.prompt = prompt;
    this.tokens = tokens;
  }

  /** Answers of one kind. */
  private static final class Drafting {

    final Samples rates = new Samples();
    long drafted;
    long accepted;

    void add(Answer answer) {
      rates.add(answer.decodeRate());
      drafted += answer.usage().draftTokens();
      accepted += answer.usage().acceptedDraftTokens();
    }

    double acceptance() {
      return drafted == 0 ? 0 : (double) accepted / drafted;
    }
  }

  @Override
  public String name() {
    return "decode_drafts";
  }

  @Override
  public String what() {
    return "repeating " + prompt.size() + " tokens";
  }

  @Override
  public void measure(boolean counts) {
    Answer plain = model.generate(prompt, tokens, false);
    Answer asUsual = model.generate(prompt, tokens, null);
    Answer always = model.generate(prompt, tokens, true);
    identical &= isSame(plain, asUsual) && isSame(plain, always);
    // An engine that weighs what drafts cost has learnt it while this did not count.
    if (counts) {
      without.add(plain);
      usual.add(asUsual);
      forced.add(always);
    }
  }

  private static boolean isSame(Answer one, Answer other) {
    return one.text().equals(other.text()) && one.usage().completionTokens() == other.usage().completionTokens();
  }

  @Override
  public int repetitions() {
    return usual.rates.count();
  }

  /** Whether drafts changed nothing but the speed. */
  @Override
  public boolean sound() {
    return identical;
  }

  private double speedup() {
    return without.rates.median() == 0 ? 0 : usual.rates.median() / without.rates.median();
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("tokens", tokens);
    figures.put("context", prompt.size());
    Figures.putRates(figures, usual.rates);
    figures.put("without", Figures.rounded(without.rates.median()));
    figures.put("without_each", Figures.each(without.rates));
    figures.put("speedup", Figures.rounded(speedup()));
    figures.put("draft_tokens", usual.drafted);
    figures.put("accepted_draft_tokens", usual.accepted);
    figures.put("acceptance", Figures.rounded(usual.acceptance()));
    figures.put("forced", Figures.rounded(forced.rates.median()));
    figures.put("forced_each", Figures.each(forced.rates));
    figures.put("forced_acceptance", Figures.rounded(forced.acceptance()));
    figures.put("identical", identical);
    return figures;
  }

  @Override
  public String line() {
    String right = usual.drafted == 0
        ? "no drafts"
        : String.format(Locale.ROOT, "%.0f %% of the drafts right", 100 * usual.acceptance());
    return Figures.rates(usual.rates) + String.format(Locale.ROOT, "  %.2f times without (%.1f), %s; forced %.1f%s",
        speedup(), without.rates.median(), right, forced.rates.median(), identical ? "" : "; THE TEXTS DIFFER");
  }
}
