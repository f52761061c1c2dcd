/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.ModelDescription;
import dev.trine.app.plugin.PluginReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trine bench}: how fast a model is on this machine. */
@Command(name = "bench", description = "How fast a model is on this machine.", sortOptions = false, customSynopsis = "Usage: trine bench [OPTIONS] [MODEL]", synopsisHeading = "", parameterListHeading = "%n", optionListHeading = "%nOptions:%n", footerHeading = "%nExamples:%n", footer = {
    "  trine bench                              the built-in demo model",
    "  trine bench ~/models/bitnet-2b -t 4      a model by its path, on four cores",
    "  trine bench --json model.gguf > now.json", "",
    "Figures are medians in tokens a second; the slowest and fastest repetition stand beside them."})
final class BenchCommand implements Callable<Integer> {

  private static final int MAX_TOKENS = 1 << 20;
  private static final int MAX_REPETITIONS = 1000;

  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "an installed model, a folder or a .gguf file; without it the demo model")
  private @Nullable String model;

  @Option(names = {"-p",
      "--prompt-tokens"}, paramLabel = "N", order = 10, defaultValue = "512", description = "evaluate prompts of N tokens; 512 by default, 0 leaves this out")
  private int promptTokens;

  @Option(names = {"-n",
      "--tokens"}, paramLabel = "N", order = 11, defaultValue = "64", description = "write N tokens; 64 by default, 0 leaves this out")
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
    check("--prompt-tokens", promptTokens, 0, MAX_TOKENS);
    check("--tokens", tokens, 0, MAX_TOKENS);
    check("--reps", repetitions, 1, MAX_REPETITIONS);
    var progress = new LoadProgress(console);
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, progress)) {
      ModelOpener.Choice choice = started.models().choose(model);
      try (LanguageModel loaded = started.models().open(choice, engineFlags.loadOptions(0))) {
        progress.clear();
        report(started, choice.id(), loaded);
      }
    } finally {
      progress.clear();
    }
    return ExitCode.DONE;
  }

  private static void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, option,
          option + " must be " + min + " to " + max + ", got " + value);
    }
  }

  private void report(StartedPlugins started, String id, LanguageModel loaded) {
    var benchmark = new ModelBenchmark(loaded);
    var rows = new ArrayList<ModelBenchmark.Row>();
    if (promptTokens > 0) {
      rows.add(benchmark.prefill(promptTokens, repetitions));
    }
    if (tokens > 0) {
      rows.add(benchmark.decode(tokens, repetitions));
    }
    if (json) {
      console.println(Json.of(object(started, id, loaded.description(), rows)));
    } else {
      table(id, loaded.description(), rows);
    }
  }

  private void table(String id, ModelDescription description, List<ModelBenchmark.Row> rows) {
    console.println(String.format(Locale.ROOT, "%s: %s, %s; %s weights, %.0f MB, %d threads", id,
        description.architecture(), description.format(), ServeCommand.count(description.parameterCount()),
        description.sizeBytes() / 1e6, engineFlags.threads()));
    for (ModelBenchmark.Row row : rows) {
      String test = row.context() > 0
          ? row.tokens() + " tokens from context " + row.context()
          : row.tokens() + " tokens";
      console.println(String.format(Locale.ROOT, "%-8s %-30s %9.1f tokens/s  (%.1f to %.1f)", row.name(), test,
          row.median(), row.slowest(), row.fastest()));
    }
  }

  private Map<String, Object> object(StartedPlugins started, String id, ModelDescription description,
      List<ModelBenchmark.Row> rows) {
    var object = new LinkedHashMap<String, Object>();
    object.put("model", id);
    object.put("architecture", description.architecture());
    object.put("format", description.format());
    object.put("parameters", description.parameterCount());
    object.put("size_bytes", description.sizeBytes());
    object.put("jdk", Runtime.version().toString());
    object.put("threads", engineFlags.threads());
    for (PluginReport report : started.plugins().reports()) {
      report.health().details().forEach((key, value) -> object.put(key.replace(' ', '_'), value));
    }
    object.put("repetitions", repetitions);
    object.put("rows", rows.stream().map(BenchCommand::object).toList());
    return object;
  }

  private static Map<String, Object> object(ModelBenchmark.Row row) {
    var object = new LinkedHashMap<String, Object>();
    object.put("name", row.name());
    object.put("tokens", row.tokens());
    object.put("context", row.context());
    object.put("tokens_per_s", row.median());
    object.put("tokens_per_s_slowest", row.slowest());
    object.put("tokens_per_s_fastest", row.fastest());
    return object;
  }
}
