/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.app.store.TrineHome;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trine chat}: a conversation in the terminal. */
@Command(name = "chat", description = "A conversation in the terminal.", sortOptions = false, customSynopsis = "Usage: trine chat [OPTIONS] [MODEL]", synopsisHeading = "", parameterListHeading = "%n", optionListHeading = "%nOptions:%n", footerHeading = "%nExamples:%n", footer = {
    "  trine chat                                  the built-in demo model",
    "  trine chat ~/models/bitnet-2b               a model by its path",
    "  trine chat --system \"Answer in one word.\"   with a system message",
    "  printf 'Hi\\nAnd you?\\n' | trine chat        one message a line, answers alone on standard output", "",
    "/help in the conversation lists what else there is. Ctrl+C stops one answer, Ctrl+D ends."})
final class ChatCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "an installed model, a folder or a .gguf file; without it the demo model")
  private @Nullable String model;

  @Option(names = {"-n",
      "--max-tokens"}, paramLabel = "N", order = 11, defaultValue = "-1", description = "write N tokens at most in one answer; -1, the default: until the model is done")
  private int maxTokens;

  @Option(names = "--system", paramLabel = "TEXT", order = 12, description = "what the model is told before the conversation")
  private @Nullable String system;

  @Option(names = "--no-stats", order = 16, description = "no line of figures under the answers")
  private boolean noStats;

  @Option(names = "--no-history", order = 17, description = "do not keep what is typed")
  private boolean noHistory;

  @Option(names = {"-q", "--quiet"}, order = 18, description = "no words before the first prompt")
  private boolean quiet;

  @Mixin
  private final SamplingFlags sampling = new SamplingFlags();

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  ChatCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (maxTokens < -1) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--max-tokens",
          "--max-tokens must be -1 or more, got " + maxTokens);
    }
    var progress = new LoadProgress(console);
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, progress)) {
      ModelOpener.Choice choice = started.models().choose(model);
      if (choice.isDemo() && !quiet) {
        console.sayln(Notices.demo(choice.id(), "chat"));
      }
      try (LanguageModel loaded = started.models().open(choice, engineFlags.loadOptions(0))) {
        progress.clear();
        if (!loaded.description().hasChatTemplate()) {
          throw new PlatformException(StandardErrorCode.NOT_SUPPORTED, choice.id()
              + " has no chat template, so it cannot hold a conversation; 'trine run --raw' lets it go on from a text");
        }
        var conversation = new Conversation(loaded, sampling.options(), maxTokens, system);
        return converse(conversation, choice.id(), started.store().home());
      }
    } finally {
      progress.clear();
    }
  }

  private int converse(Conversation conversation, String id, TrineHome home) {
    boolean interactive = console.isTerminal(Console.Stream.IN) && console.isTerminal(Console.Stream.OUT);
    if (!interactive) {
      var lines = new PipedLines(console.in());
      return new ChatLoop(console, lines, conversation, id, console.isTerminal(Console.Stream.IN), false).run();
    }
    if (!quiet) {
      console.sayln(id + " · context " + conversation.model().description().contextLength() + " tokens · "
          + engineFlags.threads() + " threads · /help says what else there is, Ctrl+D ends");
    }
    Optional<TrineHome> history = noHistory ? Optional.empty() : Optional.of(home);
    // While the first message is being typed.
    Thread.ofVirtual().start(conversation.model()::warmUp);
    try (var lines = new TerminalLines(console, history, ChatLoop.COMMANDS)) {
      lines.onInterrupt(conversation::stop);
      int exitCode = new ChatLoop(console, lines, conversation, id, true, !noStats).run();
      return lines.wasInterrupted() ? ExitCode.INTERRUPTED : exitCode;
    }
  }
}
