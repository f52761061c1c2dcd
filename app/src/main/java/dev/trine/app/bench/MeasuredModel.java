/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.Usage;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The model that is measured, and the requests that measure it. */
final class MeasuredModel {

  private static final long SEED = 1;

  private final LanguageModel model;
  private final Random random = new Random(SEED);

  MeasuredModel(LanguageModel model) {
    this.model = model;
  }

  /**
   * What a request gave.
   *
   * @param endNanos when its last event was there
   */
  record Answer(String text, Usage usage, long endNanos) {

    /** When its first token came. */
    long beginNanos() {
      return endNanos - usage.completionNanos();
    }

    /** Tokens after the first, which comes with the end of the prompt. */
    int steps() {
      return Math.max(0, usage.completionTokens() - 1);
    }

    /** Tokens a second after the first one. */
    double decodeRate() {
      return perSecond(steps(), usage.completionNanos());
    }
  }

  LanguageModel model() {
    return model;
  }

  /** A prompt of random tokens; each call gives another one. */
  List<Integer> randomPrompt(int tokens) {
    int vocabularySize = Math.max(1, model.description().vocabularySize());
    return random.ints(tokens, 0, vocabularySize).boxed().toList();
  }

  /** Whether {@code tokens} tokens fit into the context. */
  boolean holds(int tokens) {
    int contextLength = model.description().contextLength();
    return contextLength <= 0 || tokens <= contextLength;
  }

  /** Goes on greedily from a prompt, one token after the other, {@code maxTokens} tokens whatever they are. */
  Answer generate(List<Integer> prompt, int maxTokens) {
    return generate(prompt, maxTokens, false);
  }

  /**
   * Goes on greedily from a prompt.
   *
   * @param maxTokens how many tokens, whatever they are
   * @param drafts    whether the engine may evaluate tokens ahead that it guesses; null to leave that to it, as users do who say nothing
   */
  Answer generate(List<Integer> prompt, int maxTokens, @Nullable Boolean drafts) {
    var request = GenerationRequest.builder(new Prompt.Tokens(prompt)).sampling(SamplingOptions.greedy())
        .maxTokens(maxTokens).ignoreEnd(true).drafts(drafts).build();
    var text = new StringBuilder();
    try (var stream = model.generate(request)) {
      while (stream.hasNext()) {
        switch (stream.next()) {
          case GenerationEvent.TextDelta(String delta) -> text.append(delta);
          case GenerationEvent.PromptProgress _ -> {
          }
          case GenerationEvent.Finished(FinishReason _, Usage usage) -> {
            return new Answer(text.toString(), usage, System.nanoTime());
          }
        }
      }
    }
    throw new IllegalStateException("the model ended without saying so");
  }

  /** {@code count} in one second; 0 when no time was taken. */
  static double perSecond(double count, long nanos) {
    return nanos <= 0 ? 0 : count * 1e9 / nanos;
  }
}
