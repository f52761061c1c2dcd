/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trine.api.llm.Usage;
import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * How long an answer took, under llama.cpp's names. Cached tokens are not evaluated and not in {@code prompt_n}; drafts are
 * named only when there were any.
 */
@Serdeable
record Timings(@JsonProperty("cache_n") int cacheCount, @JsonProperty("prompt_n") int promptCount,
    @JsonProperty("prompt_ms") double promptMs, @JsonProperty("prompt_per_second") double promptPerSecond,
    @JsonProperty("predicted_n") int predictedCount, @JsonProperty("predicted_ms") double predictedMs,
    @JsonProperty("predicted_per_second") double predictedPerSecond,
    @JsonProperty("draft_n") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer draftCount,
    @JsonProperty("draft_n_accepted") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer acceptedDraftCount) {

  static Timings of(Usage usage) {
    boolean drafted = usage.draftTokens() > 0;
    int evaluated = usage.promptTokens() - usage.cachedTokens();
    return new Timings(usage.cachedTokens(), evaluated, millis(usage.promptNanos()),
        perSecond(evaluated, usage.promptNanos()), usage.completionTokens(), millis(usage.completionNanos()),
        perSecond(usage.completionTokens(), usage.completionNanos()), drafted ? usage.draftTokens() : null,
        drafted ? usage.acceptedDraftTokens() : null);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static double perSecond(int count, long nanos) {
    return nanos <= 0 ? 0 : count * 1e9 / nanos;
  }
}
