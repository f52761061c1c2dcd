/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Ways to write figures down. */
final class Figures {

  private Figures() {}

  /** Adds tokens a second: the median, the slowest and the fastest repetition, and every one. */
  static void putRates(Map<String, Object> figures, Samples rates) {
    figures.put("tokens_per_s", rounded(rates.median()));
    figures.put("tokens_per_s_slowest", rounded(rates.min()));
    figures.put("tokens_per_s_fastest", rounded(rates.max()));
    figures.put("tokens_per_s_each", each(rates));
  }

  /** The same for people. */
  static String rates(Samples rates) {
    return String.format(Locale.ROOT, "%9.1f tokens/s", rates.median()) + range("  (%.1f to %.1f)", rates, 1);
  }

  /**
   * From the smallest to the largest; nothing where one measurement is all there is.
   *
   * @param format with places for both
   * @param unit   what they are divided by
   */
  static String range(String format, Samples samples, double unit) {
    return samples.count() > 1 ? String.format(Locale.ROOT, format, samples.min() / unit, samples.max() / unit) : "";
  }

  /** Every repetition, in the order in which they were measured. */
  static List<Double> each(Samples samples) {
    return samples.all().stream().map(Figures::rounded).toList();
  }

  /** As many digits as a measurement may claim. */
  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
