/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Our whole engine beside llama.cpp on one GGUF file: the two alternate, each time in a JVM of its own, so that both meet the same
 * disturbances of a shared machine. Ours is measured by {@code bin/trine bench}, as users start it. Prints medians, 10th percentiles and minima of all
 * repetitions, and the ratio of the medians; {@code benchmarks/README.md} says how to start it.
 */
public final class PeerBenchmark {

  /** Contexts at which decoding is measured. */
  static final List<Integer> CONTEXTS = List.of(64, 2048);
  /** What the peer's fork writes before a figure. */
  static final String MARK = "RATE ";

  /** Ours as its users start it, from the folder of the checkout. */
  private static final String LAUNCHER = "bin/trine";

  private static final String USAGE = "usage: PeerBenchmark MODEL.gguf [--threads N] [--rounds N] [--reps N] [--prompt N] "
      + "[--tokens N] [--json]";

  private final Map<String, Integer> numbers = new LinkedHashMap<>(
      Map.of("--threads", 2, "--rounds", 3, "--reps", 3, "--prompt", 512, "--tokens", 32));
  private final Map<String, List<Double>> ours = new LinkedHashMap<>();
  private final Map<String, List<Double>> theirs = new LinkedHashMap<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final List<Double> loads = new ArrayList<>();
  private String model = "";
  private boolean json;

  private PeerBenchmark() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    var benchmark = new PeerBenchmark();
    if (!Files.isExecutable(Path.of(LAUNCHER))) {
      System.err.println("there is no " + LAUNCHER + " here; start in the folder of the checkout");
      System.exit(2);
    }
    if (!benchmark.parse(args)) {
      System.err.println(USAGE);
      System.exit(2);
    }
    benchmark.run();
  }

  private boolean parse(String[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--json")) {
        json = true;
      } else if (numbers.containsKey(args[i]) && i + 1 < args.length && args[i + 1].matches("[1-9]\\d{0,6}")) {
        numbers.put(args[i], Integer.parseInt(args[++i]));
      } else if (model.isEmpty() && !args[i].startsWith("-")) {
        model = args[i];
      } else {
        return false;
      }
    }
    return !model.isEmpty();
  }

  private String number(String option) {
    return String.valueOf(numbers.get(option));
  }

  private void run() throws IOException, InterruptedException {
    int rounds = Integer.parseInt(number("--rounds"));
    for (int round = 1; round <= rounds; round++) {
      System.err.println("round " + round + " of " + rounds + ": trine");
      loads.add(load());
      runOurs();
      System.err.println("round " + round + " of " + rounds + ": llama.cpp");
      loads.add(load());
      runTheirs();
    }
    if (json) {
      System.out.println(JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report()));
    } else {
      print();
    }
  }

  /** Runnable threads of the machine in the last minute; ours and the peer's own among them. */
  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private void runOurs() throws IOException, InterruptedException {
    String out = output(Redirect.INHERIT, List.of(LAUNCHER, "bench", model, "--json", "--only",
        "decode,prefill,decode_batch,decode_drafts", "--threads", number("--threads"), "--reps", number("--reps"),
        "--prompt-tokens", number("--prompt"), "--tokens", number("--tokens")));
    JsonNode result = JsonMapper.builder().build().readTree(out);
    for (String fact : List.of("cpu", "jdk", "kernel", "format", "read_gb_per_s", "hand_over_ns", "weight_bytes_per_token",
        "peak_rss_bytes", "allocated_bytes_per_token")) {
      facts.put(fact, result.path(fact).isNumber() ? result.path(fact).numberValue() : result.path(fact).asText());
    }
    for (JsonNode row : result.path("rows")) {
      String name = row.path("name").asText();
      String key = switch (name) {
        case "prefill" -> name + " " + row.path("tokens").asInt();
        case "decode" -> name + " " + row.path("context").asInt();
        case "decode_batch" -> name + " " + row.path("streams").asInt();
        default -> name;
      };
      row.path("tokens_per_s_each").forEach(rate -> add(ours, key, rate.asDouble()));
      if (name.equals("decode_drafts")) {
        row.path("without_each").forEach(rate -> add(ours, "decode_drafts without", rate.asDouble()));
      }
    }
  }

  private void runTheirs() throws IOException, InterruptedException {
    String out = output(Redirect.DISCARD, List.of(System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
        "dev.trine.benchmarks.peers.LlamaRunner", model, number("--threads"), number("--prompt"), number("--tokens"),
        number("--reps")));
    out.lines().filter(line -> line.startsWith(MARK)).forEach(line -> {
      int space = line.lastIndexOf(' ');
      add(theirs, line.substring(MARK.length(), space), Double.parseDouble(line.substring(space + 1)));
    });
  }

  private static void add(Map<String, List<Double>> rates, String row, double rate) {
    rates.computeIfAbsent(row, _ -> new ArrayList<>()).add(rate);
  }

  /** What a program writes to its standard output. */
  private static String output(Redirect errors, List<String> command) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectError(errors);
    // Both on this JDK.
    builder.environment().put("TRINE_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + process.exitValue() + ": " + out);
    }
    return out;
  }

  private static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) (share * (sorted.size() - 1)));
  }

  /** Calls for each row of ours with the peer's rates, which are empty where it has no such row. */
  private void forEachRow(BiConsumer<String, List<Double>> action) {
    ours.keySet().forEach(row -> action.accept(row, theirs.getOrDefault(row, List.of())));
  }

  private Map<String, Object> report() {
    var report = new LinkedHashMap<>(facts);
    report.put("threads", numbers.get("--threads"));
    report.put("load_average", loads);
    var rows = new ArrayList<Map<String, Object>>();
    forEachRow((name, peer) -> {
      var row = new LinkedHashMap<String, Object>();
      row.put("name", name);
      row.put("trine", figures(ours.getOrDefault(name, List.of())));
      if (!peer.isEmpty()) {
        row.put("llama_cpp", figures(peer));
        row.put("ratio", quantile(ours.getOrDefault(name, List.of()), 0.5) / quantile(peer, 0.5));
      }
      rows.add(row);
    });
    report.put("rows", rows);
    return report;
  }

  private static Map<String, Object> figures(List<Double> rates) {
    return Map.of("median", quantile(rates, 0.5), "p10", quantile(rates, 0.1), "min", quantile(rates, 0), "each", rates);
  }

  private void print() {
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
    System.out.println("threads: " + number("--threads") + ", load average before each fork: " + loads);
    System.out.printf(Locale.ROOT, "%n%-22s %34s %34s %7s%n%-22s %10s %11s %11s %10s %11s %11s%n", "tokens/s",
        "trine", "llama.cpp", "ratio", "", "median", "p10", "min", "median", "p10", "min");
    forEachRow((name, peer) -> System.out.printf(Locale.ROOT, "%-22s %s %s%n", name,
        cells(ours.getOrDefault(name, List.of())), peer.isEmpty()
            ? ""
            : cells(peer) + String.format(Locale.ROOT, " %7.2f",
                quantile(ours.getOrDefault(name, List.of()), 0.5) / quantile(peer, 0.5))));
  }

  private static String cells(List<Double> rates) {
    return String.format(Locale.ROOT, "%10.1f %11.1f %11.1f", quantile(rates, 0.5), quantile(rates, 0.1),
        quantile(rates, 0));
  }
}
