/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.Usage;
import java.util.Locale;

/** The line under an answer that says how much was done, and how fast. */
final class StatisticsLine {

  private static final double NANOS_PER_SECOND = 1e9;

  private StatisticsLine() {}

  /**
   * Writes the line.
   *
   * @param firstTokenNanos time from the request to the first text; -1 when there was none
   * @param totalNanos      time from the request to the end
   */
  static String of(FinishReason reason, Usage usage, long firstTokenNanos, long totalNanos) {
    var line = new StringBuilder("⟶ ").append(usage.completionTokens()).append(" tok · ")
        .append(number(perSecond(usage.completionTokens(), usage.completionNanos()))).append(" tok/s");
    if (firstTokenNanos >= 0) {
      line.append(String.format(Locale.ROOT, " · first %.2f s", firstTokenNanos / NANOS_PER_SECOND));
    }
    line.append(" · prompt ").append(usage.promptTokens());
    if (usage.cachedTokens() > 0) {
      line.append(" (").append(usage.cachedTokens()).append(" cached)");
    }
    int evaluated = usage.promptTokens() - usage.cachedTokens();
    line.append(" @ ").append(number(perSecond(evaluated, usage.promptNanos()))).append(" tok/s");
    line.append(String.format(Locale.ROOT, " · %.1f s · ", totalNanos / NANOS_PER_SECOND));
    line.append(switch (reason) {
      case STOP -> "stop";
      case LENGTH -> "length: the limit of tokens or the end of the context was reached";
      case CANCELLED -> "stopped";
    });
    return line.toString();
  }

  /** Tokens in one second; 0 when no time was taken. */
  static double perSecond(int tokens, long nanos) {
    return nanos <= 0 ? 0 : tokens * NANOS_PER_SECOND / nanos;
  }

  private static String number(double value) {
    return value >= 100 ? String.format(Locale.ROOT, "%.0f", value) : String.format(Locale.ROOT, "%.1f", value);
  }
}
