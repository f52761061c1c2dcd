/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.MemoryTraffic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One stream, one token after the other, from a context of a given length on. */
final class DecodeRow implements Row {

  private final MeasuredModel model;
  private final ReadBandwidth bandwidth;
  private final int context;
  private final int tokens;
  private final List<Integer> prompt;
  private final Samples rates = new Samples();

  DecodeRow(MeasuredModel model, ReadBandwidth bandwidth, int context, int tokens) {
    this.model = model;
    this.bandwidth = bandwidth;
    this.context = context;
    this.tokens = tokens;
    // The same each time: what a cache keeps of it need not be evaluated again.
    this.prompt = model.randomPrompt(context);
  }

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public String what() {
    return "context " + context;
  }

  @Override
  public void measure(boolean counts) {
    double rate = model.generate(prompt, tokens).decodeRate();
    if (counts) {
      rates.add(rate);
    }
  }

  /** The part of the read bandwidth that the bytes of each token take; 0 where they are not known. */
  private double bandwidthShare() {
    MemoryTraffic traffic = model.model().memoryTraffic();
    double available = bandwidth.bytesPerSecond().median();
    if (traffic.weightBytesPerToken() == 0 || available == 0) {
      return 0;
    }
    return rates.median() * traffic.bytesPerToken(context + tokens / 2) / available;
  }

  @Override
  public int repetitions() {
    return rates.count();
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("tokens", tokens);
    figures.put("context", context);
    Figures.putRates(figures, rates);
    if (bandwidthShare() > 0) {
      figures.put("bandwidth_share", Figures.rounded(bandwidthShare()));
    }
    return figures;
  }

  @Override
  public String line() {
    String share = bandwidthShare() > 0
        ? String.format(Locale.ROOT, "  %.0f %% of the read bandwidth", 100 * bandwidthShare())
        : "";
    return Figures.rates(rates) + share;
  }
}
