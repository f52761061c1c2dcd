/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The same request gives the same text whatever else runs, however many threads there are, and with drafts or without. */
@Timeout(value = 500, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeterminismTest {

  private static final int REQUESTS = 9;
  private static final int TOKENS = 40;

  private static LanguageModel open(Path path, int threads, int slots) {
    return LoadedModel.open(path, TestKernels.choose(KernelChoice.Preference.AUTO), threads,
        LoadOptions.defaults().withParallelSequences(slots), (done, total) -> {});
  }

  /** Greedy, sampled, and sampled with penalties; short prompts, long ones, and some that begin alike. */
  private static GenerationRequest.Builder request(int number) {
    var tokens = new ArrayList<Integer>();
    int length = number % 3 == 0 ? 5 : 90 + number;
    for (int i = 0; i < length; i++) {
      tokens.add(100 + (i < 70 ? i * i : i * number) % 350);
    }
    var sampling = SamplingOptions.builder().seed(100L + number).temperature(number % 2 == 0 ? 0.0 : 0.9);
    switch (number % 4) {
      case 1 -> sampling.topK(0).topP(1.0).minP(0.0);
      case 3 -> sampling.repetitionPenalty(1.2).frequencyPenalty(0.1).penaltyLookback(-1);
      default -> {
      }
    }
    return GenerationRequest.builder(new Prompt.Tokens(tokens)).sampling(sampling.build()).ignoreEnd(true)
        .maxTokens(TOKENS);
  }

  private static String text(GenerationStream stream) {
    var text = new StringBuilder();
    while (stream.hasNext()) {
      switch (stream.next()) {
        case GenerationEvent.TextDelta(String delta) -> text.append(delta);
        case GenerationEvent.PromptProgress _ -> {
        }
        case GenerationEvent.Finished finished -> assertEquals(FinishReason.LENGTH, finished.reason());
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../models/trine-tiny",
      "../platform-compute/src/test/resources/golden/bitnet-mini-set/bitnet-mini"})
  void givesTheSameTextWhateverElseRuns(String path) {
    Map<Integer, String> expected = new HashMap<>();
    try (LanguageModel model = open(Path.of(path), 1, 1)) {
      for (int i = 0; i < REQUESTS; i++) {
        expected.put(i, text(model.generate(request(i).drafts(false).build())));
      }
      assertTrue(expected.values().stream().distinct().count() > REQUESTS / 2, expected::toString);
    }
    for (int threads : new int[]{1, 2}) {
      for (int slots : new int[]{1, 3, 8}) {
        try (LanguageModel model = open(Path.of(path), threads, slots)) {
          for (Boolean drafts : new Boolean[]{false, true, null}) {
            compare(model, expected, drafts, threads + " threads, " + slots + " slots, drafts " + drafts);
          }
        }
      }
    }
  }

  /** All at once, and between them some that are cancelled, at once or half-way. */
  private static void compare(LanguageModel model, Map<Integer, String> expected, @Nullable Boolean drafts,
      String where) {
    var streams = new ArrayList<GenerationStream>();
    var disturbing = new ArrayList<GenerationStream>();
    for (int i = 0; i < REQUESTS; i++) {
      streams.add(model.generate(request(i).drafts(drafts).build()));
      disturbing.add(model.generate(request(i + 1).maxTokens(200).build()));
      if (i % 2 == 0) {
        disturbing.getLast().cancel();
      }
    }
    for (int i = 0; i < REQUESTS; i++) {
      assertEquals(expected.get(i), text(streams.get(i)), "request " + i + ", " + where);
      disturbing.get(i).cancel();
    }
    disturbing.forEach(GenerationStream::close);
    List<GenerationStream> again = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      again.add(model.generate(request(i).drafts(drafts).build()));
    }
    for (int i = 0; i < REQUESTS; i++) {
      assertEquals(expected.get(i), text(again.get(i)), "request " + i + " with what was cached, " + where);
    }
  }
}
