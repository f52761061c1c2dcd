/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * What one generation used.
 *
 * @param promptTokens        tokens of the prompt, cached ones included
 * @param cachedTokens        prompt tokens that were not evaluated again
 * @param completionTokens    tokens generated, the one that ended the turn included
 * @param promptNanos         time spent evaluating the prompt
 * @param completionNanos     time from the end of the prompt to the last token
 * @param draftTokens         tokens that were guessed and evaluated ahead (speculative decoding)
 * @param acceptedDraftTokens those of them that were what the model chose, and so saved a step
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens, long promptNanos, long completionNanos,
    int draftTokens, int acceptedDraftTokens) {

  /** Without drafts. */
  public Usage(int promptTokens, int cachedTokens, int completionTokens, long promptNanos, long completionNanos) {
    this(promptTokens, cachedTokens, completionTokens, promptNanos, completionNanos, 0, 0);
  }

  /** What this and another generation used together. */
  public Usage plus(Usage other) {
    return new Usage(promptTokens + other.promptTokens, cachedTokens + other.cachedTokens,
        completionTokens + other.completionTokens, promptNanos + other.promptNanos,
        completionNanos + other.completionNanos, draftTokens + other.draftTokens,
        acceptedDraftTokens + other.acceptedDraftTokens);
  }
}
