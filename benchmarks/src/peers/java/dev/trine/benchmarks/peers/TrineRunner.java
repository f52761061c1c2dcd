/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks.peers;

import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.TextGeneration;
import dev.trine.api.llm.Usage;
import dev.trine.llm.bitnet.BitNetPlugin;
import dev.trine.tck.TestPluginContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One fork of {@link PeerBenchmark}: our engine, through the SPI. */
final class TrineRunner {

  private TrineRunner() {}

  public static void main(String[] args) throws IOException {
    Path model = Path.of(args[0]);
    int threads = Integer.parseInt(args[1]);
    int tokens = Integer.parseInt(args[2]);
    Path folder = Files.createTempDirectory("trine-peers");
    try (var plugin = new BitNetPlugin()) {
      var engine = plugin.start(TestPluginContext.in(folder).withThreads(threads)).ofType(TextGeneration.class).getFirst();
      try (LanguageModel loaded = engine.open(model, new LoadOptions(PeerBenchmark.CONTEXT, 0))) {
        for (int repetition = 0; repetition < PeerBenchmark.REPETITIONS; repetition++) {
          // Another first token each time, so that no cache helps; the peer's cache is off too.
          var prompt = new ArrayList<>(Collections.nCopies(PeerBenchmark.PROMPT_TOKENS, 65));
          prompt.set(0, repetition);
          Usage usage = generate(loaded, prompt, tokens);
          double prefill = usage.promptTokens() * 1e9 / usage.promptNanos();
          double decode = usage.completionTokens() * 1e9 / usage.completionNanos();
          PeerBenchmark.report(prefill, decode);
        }
      }
    }
  }

  private static Usage generate(LanguageModel model, List<Integer> prompt, int tokens) {
    var request = GenerationRequest.builder(new Prompt.Tokens(prompt)).sampling(SamplingOptions.greedy())
        .maxTokens(tokens).ignoreEnd(true).build();
    try (var stream = model.generate(request)) {
      while (stream.hasNext()) {
        if (stream.next() instanceof GenerationEvent.Finished finished) {
          return finished.usage();
        }
      }
    }
    throw new IllegalStateException("the generation did not finish");
  }
}
