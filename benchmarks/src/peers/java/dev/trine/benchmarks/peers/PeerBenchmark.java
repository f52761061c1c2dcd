/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Our whole engine beside llama.cpp on one GGUF file: the two alternate, each time in a JVM of its own, so that both meet the same
 * disturbances of a shared machine. Prints the median of all repetitions of each, and their ratio.
 *
 * <p>Run it with {@code mvn -Ppeers -pl benchmarks -am -DskipTests package}, then
 * {@code java -cp 'benchmarks/target/classes:benchmarks/target/lib/*' dev.trine.benchmarks.peers.PeerBenchmark MODEL.gguf [THREADS]
 * [TOKENS] [ROUNDS]} on a TQ2_0 file with an 8-bit head; {@code benchmarks/README.md} says where such a file comes from.
 */
public final class PeerBenchmark {

  static final int CONTEXT = 1024;
  static final int PROMPT_TOKENS = 64;
  /** Repetitions in one fork; the first warms up and does not count. */
  static final int REPETITIONS = 4;

  private static final String MARK = "RATES ";

  private PeerBenchmark() {}

  /** Rates of one engine, tokens a second. */
  private record Rates(List<Double> prefill, List<Double> decode) {

    static double median(List<Double> values) {
      Collections.sort(values);
      return values.get(values.size() / 2);
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 1) {
      System.err.println("usage: PeerBenchmark MODEL.gguf [THREADS=2] [TOKENS=64] [ROUNDS=5]");
      System.exit(2);
    }
    String threads = args.length > 1 ? args[1] : "2";
    String tokens = args.length > 2 ? args[2] : "64";
    int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
    var ours = new Rates(new ArrayList<>(), new ArrayList<>());
    var theirs = new Rates(new ArrayList<>(), new ArrayList<>());
    for (int round = 0; round < rounds; round++) {
      fork("dev.trine.benchmarks.peers.TrineRunner", ours, args[0], threads, tokens);
      fork("dev.trine.benchmarks.peers.LlamaRunner", theirs, args[0], threads, tokens);
    }
    print("prefill of " + PROMPT_TOKENS, Rates.median(ours.prefill()), Rates.median(theirs.prefill()));
    print("decode at context " + PROMPT_TOKENS, Rates.median(ours.decode()), Rates.median(theirs.decode()));
  }

  private static void print(String name, double ours, double theirs) {
    System.out.printf(Locale.ROOT, "%-22s  trine %7.1f tokens/s   llama.cpp %7.1f tokens/s   ratio %.2f%n", name, ours,
        theirs, ours / theirs);
  }

  /** Called by the forks: one repetition's rates. */
  static void report(double prefill, double decode) {
    System.out.println(MARK + prefill + " " + decode);
  }

  private static void fork(String runner, Rates rates, String... args) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "--add-modules",
        "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), runner));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    int repetition = 0;
    try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(MARK)) {
          int space = line.indexOf(' ', MARK.length());
          double prefill = Double.parseDouble(line.substring(MARK.length(), space));
          double decode = Double.parseDouble(line.substring(space + 1));
          System.err.printf(Locale.ROOT, "%s: prefill %.1f, decode %.1f%s%n", runner.replaceAll(".*\\.", ""),
              prefill, decode, repetition == 0 ? " (warm-up)" : "");
          if (repetition++ > 0) {
            rates.prefill().add(prefill);
            rates.decode().add(decode);
          }
        }
      }
    }
    if (process.waitFor() != 0 || repetition != REPETITIONS) {
      throw new IllegalStateException(runner + " ended with " + process.exitValue() + " after " + repetition + " results");
    }
  }
}
