/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.ModelDescription;
import dev.trine.app.bench.Benchmark;
import dev.trine.app.bench.BenchmarkPlan;
import dev.trine.app.bench.FirstTokenRow;
import dev.trine.app.bench.FreshCopy;
import dev.trine.app.bench.ProcessorName;
import dev.trine.app.bench.RowKind;
import dev.trine.app.bench.shape.HeadType;
import dev.trine.app.bench.shape.PublishedShape;
import dev.trine.app.bench.shape.SyntheticFile;
import dev.trine.app.bench.shape.SyntheticModel;
import dev.trine.app.plugin.PluginReport;
import dev.trine.app.store.TrineHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trine bench}: how fast a model is on this machine, or how fast a published one would be. */
@Command(name = "bench", description = "How fast a model is on this machine.", sortOptions = false, customSynopsis = "Usage: trine bench [OPTIONS] [MODEL]", synopsisHeading = "", parameterListHeading = "%n", optionListHeading = "%nOptions:%n", footerHeading = "%nExamples:%n", footer = {
    "  trine bench                              the built-in demo model",
    "  trine bench ~/models/bitnet-2b -t 4      a model by its path, on four cores",
    "  trine bench --shape bitnet-2b-4t         how fast that model would be here, before it is downloaded",
    "  trine bench --only decode,prefill        only these rows; there are also decode_batch, decode_drafts and first_token",
    "  trine bench --json model.gguf > now.json", "",
    "The rows take turns, all but first_token, which comes last, 3 times at most. Figures are medians;",
    "the slowest and fastest repetition stand beside them."})
final class BenchCommand implements Callable<Integer> {

  private static final int MAX_TOKENS = 1 << 20;
  private static final int MAX_REPETITIONS = 1000;
  private static final String LIST = "list";
  /** Starts with packed weights are quick; starts without take as long as packing does. */
  private static final int MAX_STARTS = 3;
  /** What is smaller is what was measured, not weights. */
  private static final long LEAST_PACKED_BYTES = 1 << 20;

  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "an installed model, a folder or a .gguf file; without it the demo model")
  private @Nullable String model;

  @Option(names = "--shape", paramLabel = "NAME", order = 9, description = "a model of this published shape with random weights; 'list' shows the shapes")
  private @Nullable String shape;

  @Option(names = "--head", paramLabel = "TYPE", order = 9, description = "with --shape: embedding and head as q8_0, the default, or f16")
  private @Nullable HeadType head;

  @Option(names = "--keep", order = 9, description = "with --shape: keep the model in TRINE_HOME/bench for the next time")
  private boolean keep;

  @Option(names = "--write", paramLabel = "FILE", order = 9, description = "with --shape: write the model to this file and measure nothing")
  private @Nullable Path write;

  @Option(names = "--only", paramLabel = "ROW", order = 10, description = "only these rows: decode, prefill, decode_batch, decode_drafts, first_token")
  private List<String> only = List.of();

  @Option(names = {"-p",
      "--prompt-tokens"}, paramLabel = "N", order = 11, defaultValue = "512", description = "evaluate prompts of N tokens; 512 by default")
  private int promptTokens;

  @Option(names = {"-n",
      "--tokens"}, paramLabel = "N", order = 11, defaultValue = "32", description = "write N tokens; 32 by default")
  private int tokens;

  @Option(names = {"-r",
      "--reps"}, paramLabel = "N", order = 12, defaultValue = "5", description = "do each N times; 5 by default, after one that does not count")
  private int repetitions;

  @Option(names = "--json", order = 13, description = "print one JSON object")
  private boolean json;

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    check("--prompt-tokens", promptTokens, 1, MAX_TOKENS);
    check("--tokens", tokens, 2, MAX_TOKENS);
    check("--reps", repetitions, 1, MAX_REPETITIONS);
    var plan = new BenchmarkPlan(rows(), repetitions, promptTokens, tokens, engineFlags.threads());
    checkShapeOptions();
    if (shape == null) {
      return measure(plan, model);
    }
    if (shape.equalsIgnoreCase(LIST)) {
      listShapes();
      return ExitCode.DONE;
    }
    var synthetic = new SyntheticModel(PublishedShape.named(shape), headType());
    return write != null ? writeTo(synthetic, write) : measureSynthetic(plan, synthetic);
  }

  private static void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, option,
          option + " must be " + min + " to " + max + ", got " + value);
    }
  }

  private void checkShapeOptions() {
    if (shape != null && model != null) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--shape",
          "--shape makes a model of its own: leave it or '" + model + "' out");
    }
    if (shape == null) {
      refuse(keep, "--keep", "goes with --shape, which is missing");
      refuse(write != null, "--write", "goes with --shape, which is missing");
      refuse(head != null, "--head", "goes with --shape, which is missing");
    }
    if (write != null) {
      String reason = "does not go with --write, which measures nothing and keeps the model where it is told";
      refuse(keep, "--keep", reason);
      refuse(json, "--json", reason);
      refuse(!only.isEmpty(), "--only", reason);
    }
  }

  private static void refuse(boolean given, String option, String reason) {
    if (given) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, option, option + " " + reason);
    }
  }

  private HeadType headType() {
    return head == null ? HeadType.Q8_0 : head;
  }

  /** The kinds of rows, which may be several in one option. */
  private Set<RowKind> rows() {
    return RowKind.named(only.stream().flatMap(names -> Stream.of(names.split(",", -1))).toList());
  }

  private void listShapes() {
    for (PublishedShape each : PublishedShape.all()) {
      console.println(String.format(Locale.ROOT, "%-20s %-40s %6.2f GB", each.name(), each.model(),
          new SyntheticModel(each, headType()).sizeBytes() / 1e9));
    }
  }

  private int writeTo(SyntheticModel synthetic, Path file) {
    var progress = new LoadProgress(console);
    try {
      synthetic.write(file, progress);
    } finally {
      progress.clear();
    }
    console.println(String.format(Locale.ROOT, "wrote %.0f MB to %s", synthetic.sizeBytes() / 1e6, file));
    return ExitCode.DONE;
  }

  private int measureSynthetic(BenchmarkPlan plan, SyntheticModel synthetic) {
    var progress = new LoadProgress(console);
    console.sayln("trine bench: " + synthetic.description());
    try (var file = SyntheticFile.of(synthetic, workFolder(), keep, progress)) {
      progress.clear();
      return measure(plan, file.path().toString());
    } finally {
      progress.clear();
    }
  }

  /** Where synthetic models and links to models are while they are measured. */
  private Path workFolder() {
    var home = TrineHome.of(console.environment(), console.userHome());
    try {
      home.create();
      return Files.createDirectories(home.bench());
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "cannot make the folder " + home.bench() + ": " + e,
          e);
    }
  }

  private int measure(BenchmarkPlan plan, @Nullable String reference) {
    var loading = new LoadProgress(console);
    var progress = new BenchProgress(console);
    var benchmark = new Benchmark(plan, progress);
    var facts = new LinkedHashMap<String, Object>();
    var plugins = new LinkedHashMap<String, Map<String, String>>();
    ModelOpener.Choice choice;
    var headline = new ArrayList<String>();
    try (StartedPlugins engine = StartedPlugins.start(console, engineFlags, loading)) {
      choice = engine.models().choose(reference);
      try (LanguageModel loaded = engine.models().open(choice,
          engineFlags.loadOptions(BenchmarkPlan.STREAMS).withParallelSequences(BenchmarkPlan.STREAMS))) {
        loading.clear();
        boolean randomWeights = choice instanceof ModelOpener.Choice.OnDisk onDisk
            && SyntheticModel.recognise(onDisk.model().path()).isPresent();
        putFacts(facts, choice.id(), loaded.description(), randomWeights);
        headline.add(headline(choice.id(), loaded.description(), randomWeights));
        benchmark.measureModel(loaded, randomWeights);
        for (PluginReport report : engine.plugins().reports()) {
          plugins.put(report.name(), report.health().details());
        }
      }
    } finally {
      loading.clear();
      progress.clear();
    }
    if (plan.rows().contains(RowKind.FIRST_TOKEN)) {
      measureStarts(benchmark, choice);
      progress.clear();
    }
    if (json) {
      // What Trine says of itself stands, whatever a plugin calls its details.
      plugins.values().forEach(details -> details.forEach((key, value) -> facts.putIfAbsent(underscored(key), value)));
      facts.putAll(benchmark.figures());
      facts.put("plugins", plugins);
      console.println(Json.of(facts));
    } else {
      headline.forEach(console::println);
      benchmark.lines().forEach(console::println);
    }
    if (!benchmark.sound()) {
      console.sayln("trine: drafts changed the text; they must not: please report this model and this machine");
      return ExitCode.FAILURE;
    }
    return ExitCode.DONE;
  }

  /** From the start of a process to its first token: with what earlier starts have left, and without. */
  private void measureStarts(Benchmark benchmark, ModelOpener.Choice choice) {
    int starts = Math.min(MAX_STARTS, repetitions);
    List<Path> plugins = engineFlags.pluginFolders();
    switch (choice) {
      case ModelOpener.Choice.BuiltIn builtIn -> {
        benchmark.measureApart(new FirstTokenRow(
            new FirstTokenProcess(console, engineFlags, plugins, builtIn.id(), null), true), 1, starts);
        benchmark.note("the first start of first_token is left out: " + builtIn.id() + " has no files");
      }
      case ModelOpener.Choice.OnDisk onDisk -> {
        Path path = onDisk.model().path().toAbsolutePath();
        benchmark.measureApart(new FirstTokenRow(
            new FirstTokenProcess(console, engineFlags, plugins, path.toString(), null), true), 1, starts);
        // The copy has a home of its own, so plugins from the usual one must be named.
        var home = TrineHome.of(console.environment(), console.userHome());
        var allPlugins = new ArrayList<>(plugins);
        if (Files.isDirectory(home.plugins())) {
          allPlugins.add(home.plugins());
        }
        measureFreshStart(benchmark, path, allPlugins);
      }
    }
  }

  private void measureFreshStart(Benchmark benchmark, Path path, List<Path> plugins) {
    try (var copy = FreshCopy.of(path, workFolder())) {
      benchmark.measureApart(new FirstTokenRow(
          new FirstTokenProcess(console, engineFlags, plugins, copy.model().toString(), copy.home()), false), 0, 1);
      if (copy.leftBytes() < LEAST_PACKED_BYTES) {
        benchmark
            .note("first_token: the first start has left no packed weights for later ones, so it differs from them by "
                + "what an engine measures once");
      }
    } catch (IOException e) {
      benchmark.note("the first start of first_token is left out: " + e);
    }
  }

  private String headline(String id, ModelDescription description, boolean randomWeights) {
    return String.format(Locale.ROOT, "%s%s: %s, %s; %s weights, %.0f MB%n%s, JDK %s", id,
        randomWeights ? " (random weights)" : "", description.architecture(), description.format(),
        ServeCommand.count(description.parameterCount()), description.sizeBytes() / 1e6,
        ProcessorName.of(console.environment()), Runtime.version());
  }

  private void putFacts(Map<String, Object> facts, String id, ModelDescription description, boolean randomWeights) {
    facts.put("model", id);
    facts.put("architecture", description.architecture());
    facts.put("format", description.format());
    facts.put("parameters", description.parameterCount());
    facts.put("size_bytes", description.sizeBytes());
    facts.put("random_weights", randomWeights);
    facts.put("cpu", ProcessorName.of(console.environment()));
    facts.put("jdk", Runtime.version().toString());
  }

  private static String underscored(String key) {
    return key.replace(' ', '_');
  }
}
