/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/** One step of a generation that a client may want to see. */
public sealed interface GenerationEvent {

  /**
   * Part of the prompt has been evaluated.
   *
   * @param processedTokens prompt tokens evaluated so far, cached ones included
   * @param totalTokens     prompt tokens in all
   */
  record PromptProgress(int processedTokens, int totalTokens) implements GenerationEvent {}

  /**
   * More text. Always whole characters; never empty.
   *
   * @param text what to append
   */
  record TextDelta(String text) implements GenerationEvent {}

  /**
   * The end.
   *
   * @param reason why it ended
   * @param usage  how much was done, and how long it took
   */
  record Finished(FinishReason reason, Usage usage) implements GenerationEvent {}
}
