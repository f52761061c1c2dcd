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

/** One fork of {@link PeerBenchmark}: llama.cpp through its Java binding {@code de.kherud:llama}. */
final class LlamaRunner {

  private LlamaRunner() {}

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[1]);
    int tokens = Integer.parseInt(args[2]);
    LlamaModel.setLogger(LogFormat.TEXT, (level, message) -> {});
    var parameters = new ModelParameters().setModel(args[0]).setThreads(threads).setThreadsBatch(threads)
        .setCtxSize(PeerBenchmark.CONTEXT).setParallel(1);
    measure(new LlamaModel(parameters), tokens);
    System.out.flush();
    // Closing the model waits for ever for a thread of the native library.
    Runtime.getRuntime().halt(0);
  }

  private static void measure(LlamaModel model, int tokens) {
      var prompt = new StringBuilder("a");
      while (model.encode(prompt.toString()).length < PeerBenchmark.PROMPT_TOKENS) {
        prompt.append(" b");
      }
      int promptTokens = model.encode(prompt.toString()).length;
      for (int repetition = 0; repetition < PeerBenchmark.REPETITIONS; repetition++) {
        long start = System.nanoTime();
        long first = 0;
        long last = 0;
        int count = 0;
        var request = new InferenceParameters(prompt.toString()).setNPredict(tokens).setIgnoreEos(true)
            .setTemperature(0f).setCachePrompt(false).setSeed(1);
        for (LlamaOutput _ : model.generate(request)) {
          last = System.nanoTime();
          if (count++ == 0) {
            first = last;
          }
        }
        // The first token comes with the end of the prompt.
        PeerBenchmark.report(promptTokens * 1e9 / (first - start), (count - 1) * 1e9 / (last - first));
      }
  }
}
