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
import java.util.Locale;

/**
 * How much slower a token becomes when another process takes the cores as well: rounds of decoding with and without a second process
 * that does nothing but spin, in turns. A fair share of the cores makes twice the time of as many spinning threads as cores; a worker
 * team whose barriers wait for threads that do not run makes many times that.
 */
public final class EngineContentionBenchmark {

  private static final int PROMPT_TOKENS = 64;
  private static final int CONTEXT = 512;

  private EngineContentionBenchmark() {}

  /** The other process: as many threads as its argument says, until it is ended. */
  static final class Busy {

    private static volatile long sink;

    private Busy() {}

    public static void main(String[] args) {
      for (int i = 0; i < Integer.parseInt(args[0]); i++) {
        Thread.ofPlatform().start(() -> {
          for (long n = 0;; n++) {
            sink = n;
          }
        });
      }
      System.out.println("busy");
    }
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 1) {
      System.err.println("usage: EngineContentionBenchmark MODEL [THREADS=2] [BUSY_THREADS=2] [TOKENS=32] [ROUNDS=5]");
      System.exit(2);
    }
    int threads = argument(args, 1, 2);
    String busyThreads = String.valueOf(argument(args, 2, 2));
    int tokens = argument(args, 3, 32);
    int rounds = argument(args, 4, 5);
    var alone = new ArrayList<Double>();
    var contended = new ArrayList<Double>();
    Path folder = Files.createTempDirectory("trine-contention");
    try (var plugin = new BitNetPlugin()) {
      var engine = plugin.start(TestPluginContext.in(folder).withThreads(threads)).ofType(TextGeneration.class)
          .getFirst();
      try (LanguageModel model = engine.open(Path.of(args[0]), new LoadOptions(CONTEXT, 0))) {
        millisPerToken(model, tokens);
        for (int round = 0; round < rounds; round++) {
          alone.add(millisPerToken(model, tokens));
          contended.add(contended(model, tokens, busyThreads));
          System.err.printf(Locale.ROOT, "round %d: %.1f ms a token alone, %.1f beside the other process%n", round + 1,
              alone.getLast(), contended.getLast());
        }
      }
    }
    System.out.printf(Locale.ROOT, "%d threads beside %s busy ones: %.1f ms a token, alone %.1f, ratio %.2f%n", threads,
        busyThreads, median(contended), median(alone), median(contended) / median(alone));
  }

  private static int argument(String[] args, int index, int fallback) {
    return args.length > index ? Integer.parseInt(args[index]) : fallback;
  }

  private static double contended(LanguageModel model, int tokens, String busyThreads) throws IOException {
    Process busy = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp",
        System.getProperty("java.class.path"), Busy.class.getName(), busyThreads).start();
    try {
      if (busy.getInputStream().read() < 0) {
        throw new IllegalStateException("the busy process ended");
      }
      return millisPerToken(model, tokens);
    } finally {
      busy.destroyForcibly();
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static double millisPerToken(LanguageModel model, int tokens) {
    var request = GenerationRequest.builder(new Prompt.Tokens(Collections.nCopies(PROMPT_TOKENS, 65)))
        .sampling(SamplingOptions.greedy()).maxTokens(tokens).ignoreEnd(true).drafts(false).build();
    try (var stream = model.generate(request)) {
      while (stream.hasNext()) {
        if (stream.next() instanceof GenerationEvent.Finished finished) {
          Usage usage = finished.usage();
          return usage.completionNanos() / 1e6 / (usage.completionTokens() - 1);
        }
      }
    }
    throw new IllegalStateException("the generation did not finish");
  }
}
