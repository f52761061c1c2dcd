/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.Locale;
import java.util.Map;

/** Ways to write figures down. */
final class Figures {

  private Figures() {}

  /** Adds tokens a second: the median, the slowest and the fastest repetition. */
  static void putRates(Map<String, Object> figures, Samples rates) {
    figures.put("tokens_per_s", rounded(rates.median()));
    figures.put("tokens_per_s_slowest", rounded(rates.min()));
    figures.put("tokens_per_s_fastest", rounded(rates.max()));
  }

  /** The same for people. */
  static String rates(Samples rates) {
    return String.format(Locale.ROOT, "%9.1f tokens/s  (%.1f to %.1f)", rates.median(), rates.min(), rates.max());
  }

  /** As many digits as a measurement may claim. */
  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
