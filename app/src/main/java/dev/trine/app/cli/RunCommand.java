/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trine run}: one prompt, one answer. */
@Command(name = "run", description = "One prompt, one answer.", sortOptions = false, customSynopsis = "Usage: trine run [OPTIONS] [MODEL] PROMPT...", synopsisHeading = "", parameterListHeading = "%n", optionListHeading = "%nOptions:%n", footerHeading = "%nExamples:%n", footer = {
    "  trine run \"What is the capital of France?\"  the built-in demo model answers",
    "  trine run ~/models/bitnet-2b \"Why?\"         a model by its path; -m names one without doubt",
    "  git diff | trine run \"Write a commit message\"",
    "  trine run --temperature 0 --json \"2 + 2\"    the likeliest answer, as JSON",
    "  trine run --raw \"Once upon a time\"          no chat: the model goes on from here", "",
    "The answer goes to standard output, everything else to standard error."})
final class RunCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(arity = "0..*", paramLabel = "PROMPT", description = {
      "what to say; piped text is added below it, or in place of a word '-'",
      "the first word is the model if it names one and more words or piped text follow"})
  private List<String> words = List.of();

  @Option(names = {"-m",
      "--model"}, paramLabel = "MODEL", order = 10, description = "an installed model, a folder or a .gguf file; without it the demo model")
  private @Nullable String model;

  @Option(names = {"-n",
      "--max-tokens"}, paramLabel = "N", order = 11, defaultValue = "-1", description = "write N tokens at most; -1, the default: until the model is done")
  private int maxTokens;

  @Option(names = "--system", paramLabel = "TEXT", order = 12, description = "what the model is told before the prompt")
  private @Nullable String system;

  @Option(names = "--stop", paramLabel = "TEXT", order = 13, description = "stop before this text; may be given several times")
  private List<String> stop = List.of();

  @Option(names = "--raw", order = 14, description = "give the model the prompt as it is, without its chat template")
  private boolean raw;

  @Option(names = "--json", order = 15, description = "print one JSON object with text, counts and times")
  private boolean json;

  @Option(names = "--stats", order = 16, description = "say how fast it was, on standard error")
  private boolean stats;

  @Option(names = {"-q", "--quiet"}, order = 17, description = "only the answer and errors")
  private boolean quiet;

  @Mixin
  private final SamplingFlags sampling = new SamplingFlags();

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      return readAndAnswer();
    } catch (PlatformException e) {
      if (!json) {
        throw e;
      }
      console.println(Json.of(Map.of("error", error(e))));
      return ExitCode.of(e.code().type());
    }
  }

  private int readAndAnswer() {
    checkFlags();
    String piped = console.isTerminal(Console.Stream.IN) ? "" : PromptInput.read(console.in());
    var progress = new LoadProgress(console);
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, progress)) {
      return answer(started.models(), piped, progress);
    } finally {
      progress.clear();
    }
  }

  private void checkFlags() {
    if (maxTokens < -1) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--max-tokens",
          "--max-tokens must be -1 or more, got " + maxTokens);
    }
    if (stop.contains("")) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--stop", "--stop must not be empty");
    }
    if (raw && system != null) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--system",
          "--system is part of a chat, and --raw is none: leave one of them out");
    }
  }

  private int answer(ModelOpener models, String piped, LoadProgress progress) {
    boolean more = words.size() > 1 || (words.size() == 1 && !piped.isBlank());
    boolean firstWordIsModel = model == null && more && models.isModel(words.getFirst());
    String reference = firstWordIsModel ? words.getFirst() : model;
    String prompt = PromptInput.assemble(firstWordIsModel ? words.subList(1, words.size()) : words, piped);
    if (prompt.isBlank()) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          "there is no prompt: write it behind the command, as in trine run \"What is the capital of France?\", or pipe it in; "
              + "'trine chat' opens a conversation");
    }
    ModelOpener.Choice choice = models.choose(reference);
    if (choice.isDemo() && !quiet && !json) {
      console.sayln(Notices.demo(choice.id(), "run -m"));
    }
    long loadStart = System.nanoTime();
    try (LanguageModel loaded = models.open(choice, engineFlags.loadOptions(0))) {
      long loadNanos = System.nanoTime() - loadStart;
      progress.clear();
      long start = System.nanoTime();
      try (GenerationStream stream = loaded.generate(request(prompt, choice.id(), loaded))) {
        Answer answer = json ? Answer.pull(stream, start, text -> {}) : print(stream, start);
        if (json) {
          console.println(Json.of(report(choice.id(), answer, loadNanos)));
        }
        if (stats && !json) {
          console.sayln(answer.statistics());
        }
      }
    }
    return ExitCode.DONE;
  }

  private GenerationRequest request(String prompt, String id, LanguageModel loaded) {
    boolean chat = !raw && loaded.description().hasChatTemplate();
    if (!raw && !chat) {
      if (system != null) {
        throw new PlatformException(StandardErrorCode.NOT_SUPPORTED,
            id + " has no chat template, so it takes no system message");
      }
      if (!quiet && !json) {
        console.sayln(id + " has no chat template: it goes on from the prompt, as with --raw.");
      }
    }
    Prompt start;
    if (!chat) {
      start = new Prompt.Text(prompt);
    } else {
      var messages = new ArrayList<ChatMessage>();
      if (system != null) {
        messages.add(new ChatMessage("system", system));
      }
      messages.add(new ChatMessage("user", prompt));
      start = Prompt.Chat.of(messages);
    }
    return GenerationRequest.builder(start).sampling(sampling.options()).maxTokens(maxTokens).stop(stop).build();
  }

  private Answer print(GenerationStream stream, long start) {
    boolean terminal = console.isTerminal(Console.Stream.OUT);
    Answer answer = Answer.pull(stream, start, text -> console.print(terminal ? TerminalText.visible(text) : text));
    if (!answer.text().endsWith("\n")) {
      console.print("\n");
    }
    if (answer.reason() == FinishReason.LENGTH && terminal && !quiet) {
      console.sayln(maxTokens >= 0
          ? "(cut off after " + maxTokens + " tokens: -n says how many may come)"
          : "(cut off: the context is full)");
    }
    return answer;
  }

  private static Map<String, Object> report(String model, Answer answer, long loadNanos) {
    var usage = new LinkedHashMap<String, Object>();
    usage.put("prompt_tokens", answer.usage().promptTokens());
    usage.put("cached_tokens", answer.usage().cachedTokens());
    usage.put("completion_tokens", answer.usage().completionTokens());
    usage.put("total_tokens", answer.usage().promptTokens() + answer.usage().completionTokens());
    int evaluated = answer.usage().promptTokens() - answer.usage().cachedTokens();
    var timings = new LinkedHashMap<String, Object>();
    timings.put("load_ms", milliseconds(loadNanos));
    timings.put("prompt_tps", StatisticsLine.perSecond(evaluated, answer.usage().promptNanos()));
    timings.put("gen_tps",
        StatisticsLine.perSecond(answer.usage().completionTokens(), answer.usage().completionNanos()));
    timings.put("ttft_ms", answer.firstTokenNanos() < 0 ? null : milliseconds(answer.firstTokenNanos()));
    var report = new LinkedHashMap<String, Object>();
    report.put("id", "run-" + UUID.randomUUID());
    report.put("model", model);
    report.put("text", answer.text());
    report.put("finish_reason", answer.reason().name().toLowerCase(Locale.ROOT));
    report.put("usage", usage);
    report.put("timings", timings);
    return report;
  }

  private static Map<String, Object> error(PlatformException failure) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", failure.code().name().toLowerCase(Locale.ROOT));
    error.put("message", failure.getMessage());
    failure.parameter().ifPresent(parameter -> error.put("param", parameter));
    error.putAll(failure.details());
    return error;
  }

  private static double milliseconds(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }
}
