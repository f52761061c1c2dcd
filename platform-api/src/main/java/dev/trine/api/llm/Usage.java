/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * What one generation used.
 *
 * @param promptTokens     tokens of the prompt, cached ones included
 * @param cachedTokens     prompt tokens that were not evaluated again
 * @param completionTokens tokens generated, the one that ended the turn included
 * @param promptNanos      time spent evaluating the prompt
 * @param completionNanos  time from the end of the prompt to the last token
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens, long promptNanos, long completionNanos) {}
