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

/** One stream with drafts, beside the same without, on text that repeats its prompt. Both must write the same. */
final class DraftRow implements Row {

  private final MeasuredModel model;
  private final List<Integer> prompt;
  private final int tokens;
  private final Samples with = new Samples();
  private final Samples without = new Samples();
  private long drafted;
  private long accepted;
  private boolean identical = true;

  DraftRow(MeasuredModel model, List<Integer> prompt, int tokens) {
    this.model = model;
    this.prompt = prompt;
    this.tokens = tokens;
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
    Answer ahead = model.generate(prompt, tokens, true);
    identical &= plain.text().equals(ahead.text())
        && plain.usage().completionTokens() == ahead.usage().completionTokens();
    if (counts) {
      without.add(plain.decodeRate());
      with.add(ahead.decodeRate());
      drafted += ahead.usage().draftTokens();
      accepted += ahead.usage().acceptedDraftTokens();
    }
  }

  /** Whether drafts changed nothing but the speed. */
  boolean identical() {
    return identical;
  }

  private double speedup() {
    return without.median() == 0 ? 0 : with.median() / without.median();
  }

  private double acceptance() {
    return drafted == 0 ? 0 : (double) accepted / drafted;
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("tokens", tokens);
    figures.put("context", prompt.size());
    Figures.putRates(figures, with);
    figures.put("without", Figures.rounded(without.median()));
    figures.put("without_each", Figures.each(without));
    figures.put("speedup", Figures.rounded(speedup()));
    figures.put("draft_tokens", drafted);
    figures.put("accepted_draft_tokens", accepted);
    figures.put("acceptance", Figures.rounded(acceptance()));
    figures.put("identical", identical);
    return figures;
  }

  @Override
  public String line() {
    return Figures.rates(with)
        + String.format(Locale.ROOT, "  %.2f times without (%.1f), %.0f %% of the drafts right%s", speedup(),
            without.median(), 100 * acceptance(), identical ? "" : "; THE TEXTS DIFFER");
  }
}
