/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** Evaluating a prompt that no cache knows. */
final class PrefillRow implements Row {

  private final MeasuredModel model;
  private final int tokens;
  private final Samples rates = new Samples();

  PrefillRow(MeasuredModel model, int tokens) {
    this.model = model;
    this.tokens = tokens;
  }

  @Override
  public String name() {
    return "prefill";
  }

  @Override
  public String what() {
    return tokens + " tokens";
  }

  @Override
  public void measure(boolean counts) {
    var answer = model.generate(model.randomPrompt(tokens), 0);
    int evaluated = tokens - answer.usage().cachedTokens();
    if (counts) {
      rates.add(MeasuredModel.perSecond(evaluated, answer.usage().promptNanos()));
    }
  }

  @Override
  public int repetitions() {
    return rates.count();
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("tokens", tokens);
    figures.put("context", 0);
    Figures.putRates(figures, rates);
    return figures;
  }

  @Override
  public String line() {
    return Figures.rates(rates);
  }
}
