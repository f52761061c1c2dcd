/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks.peers;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.LogFormat;
import java.util.Random;

/**
 * One fork of {@link PeerBenchmark}: llama.cpp through its Java binding {@code de.kherud:llama}. Arguments: model, threads, tokens of a
 * prompt, tokens to write, repetitions.
 */
final class LlamaRunner {

  private static final int CONTEXT = 4096;
  private static final long SEED = 1;

  private final LlamaModel model;
  private final Random random = new Random(SEED);

  private LlamaRunner(LlamaModel model) {
    this.model = model;
  }

  /** Tokens a second of one request. */
  private record Rates(double prefill, double decode) {}

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[1]);
    int promptTokens = Integer.parseInt(args[2]);
    int tokens = Integer.parseInt(args[3]);
    int repetitions = Integer.parseInt(args[4]);
    LlamaModel.setLogger(LogFormat.TEXT, (level, message) -> {});
    var parameters = new ModelParameters().setModel(args[0]).setThreads(threads).setThreadsBatch(threads)
        .setCtxSize(CONTEXT).setParallel(1);
    new LlamaRunner(new LlamaModel(parameters)).measure(promptTokens, tokens, repetitions);
    System.out.flush();
    // Closing the model waits for ever for a thread of the native library.
    Runtime.getRuntime().halt(0);
  }

  private void measure(int promptTokens, int tokens, int repetitions) {
    for (int repetition = 0; repetition <= repetitions; repetition++) {
      // A new prompt each time, so that no cache helps.
      report(repetition > 0, "prefill " + promptTokens, generate(prompt(promptTokens), 1, false).prefill());
    }
    for (int context : PeerBenchmark.CONTEXTS) {
      // One prompt after the other: its cache holds the last one.
      String prompt = prompt(context);
      for (int repetition = 0; repetition <= repetitions; repetition++) {
        report(repetition > 0, "decode " + context, generate(prompt, tokens, true).decode());
      }
    }
  }

  private static void report(boolean counts, String row, double rate) {
    if (counts) {
      System.out.println(PeerBenchmark.MARK + row + " " + rate);
    }
  }

  /** A text of exactly {@code tokens} tokens, the one that llama.cpp puts before it included. */
  private String prompt(int tokens) {
    var prompt = new StringBuilder("a");
    int length = model.encode(prompt.toString()).length;
    while (length < tokens) {
      // Each letter is a token or two; whole words of the vocabulary would differ from model to model.
      prompt.append((char) ('a' + random.nextInt(26))).append(' ');
      if (prompt.length() % 64 == 0 || prompt.length() > tokens / 2) {
        length = model.encode(prompt.toString()).length;
      }
    }
    return prompt.toString();
  }

  private Rates generate(String prompt, int tokens, boolean cached) {
    int promptTokens = model.encode(prompt).length;
    long start = System.nanoTime();
    long first = 0;
    long last = 0;
    int count = 0;
    var request = new InferenceParameters(prompt).setNPredict(tokens).setIgnoreEos(true).setTemperature(0f)
        .setCachePrompt(cached).setSeed(1);
    for (LlamaOutput _ : model.generate(request)) {
      last = System.nanoTime();
      if (count++ == 0) {
        first = last;
      }
    }
    // The first token comes with the end of the prompt.
    return new Rates(promptTokens * 1e9 / (first - start), (count - 1) * 1e9 / (last - first));
  }
}
