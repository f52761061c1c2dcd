/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.Usage;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Measures how fast a whole model is: attention, norms, head and sampling included. Prompts are random tokens. */
final class ModelBenchmark {

  /** The context at which decoding begins, as llama.cpp's users quote it. */
  static final int DECODE_CONTEXT = 64;

  private static final long SEED = 1;

  private final LanguageModel model;
  private final Random random = new Random(SEED);

  /**
   * One figure.
   *
   * @param name    {@code prefill} or {@code decode}
   * @param tokens  tokens processed in one repetition
   * @param context tokens before the first of them
   * @param rates   tokens a second of each repetition, ascending
   */
  record Row(String name, int tokens, int context, List<Double> rates) {

    double median() {
      return rates.get(rates.size() / 2);
    }

    double slowest() {
      return rates.getFirst();
    }

    double fastest() {
      return rates.getLast();
    }
  }

  ModelBenchmark(LanguageModel model) {
    this.model = model;
  }

  /** Evaluates prompts; the first, which warms up, does not count. */
  Row prefill(int tokens, int repetitions) {
    requireContext(tokens + 1);
    var rates = new double[repetitions];
    for (int i = -1; i < repetitions; i++) {
      Usage usage = generate(tokens, 0);
      if (i >= 0) {
        rates[i] = StatisticsLine.perSecond(tokens, usage.promptNanos());
      }
    }
    return row("prefill", tokens, 0, rates);
  }

  /** Generates one token after the other, greedily; the first repetition, which warms up, does not count. */
  Row decode(int tokens, int repetitions) {
    requireContext(DECODE_CONTEXT + tokens);
    var rates = new double[repetitions];
    for (int i = -1; i < repetitions; i++) {
      Usage usage = generate(DECODE_CONTEXT, tokens);
      if (i >= 0) {
        rates[i] = StatisticsLine.perSecond(usage.completionTokens(), usage.completionNanos());
      }
    }
    return row("decode", tokens, DECODE_CONTEXT, rates);
  }

  private static Row row(String name, int tokens, int context, double[] rates) {
    Arrays.sort(rates);
    return new Row(name, tokens, context, Arrays.stream(rates).boxed().toList());
  }

  private void requireContext(int tokens) {
    int contextLength = model.description().contextLength();
    if (contextLength > 0 && tokens > contextLength) {
      throw new PlatformException(StandardErrorCode.INVALID_VALUE, "this needs a context of " + tokens
          + " tokens and the model has " + contextLength + "; ask for fewer with -p and -n");
    }
  }

  /** Every prompt is another one, so that no cache helps. */
  private Usage generate(int promptTokens, int maxTokens) {
    int vocabularySize = Math.max(1, model.description().vocabularySize());
    List<Integer> prompt = random.ints(promptTokens, 0, vocabularySize).boxed().toList();
    var request = GenerationRequest.builder(new Prompt.Tokens(prompt)).sampling(SamplingOptions.greedy())
        .maxTokens(maxTokens).ignoreEnd(true).build();
    try (var stream = model.generate(request)) {
      while (stream.hasNext()) {
        if (stream.next() instanceof GenerationEvent.Finished finished) {
          return finished.usage();
        }
      }
    }
    throw new IllegalStateException("the model ended without saying so");
  }
}
