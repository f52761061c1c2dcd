/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.ModelDescription;
import dev.trine.app.store.NearNames;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads messages and commands, and answers them, until there are no more. */
final class ChatLoop {

  /** Every command, as it is typed. */
  static final List<String> COMMANDS = List.of("/new", "/help", "/system", "/set", "/show", "/stats", "/retry", "/undo",
      "/keep", "/exit");

  private static final String HELP = """
      Type a message and press Enter. A line that ends in \\ goes on in the next one; \"\"\" opens and closes a block of lines.
        /new            forget the conversation
        /system TEXT    tell the model how to be, from the next message on; without TEXT: nothing
        /set NAME VALUE temperature, top_k, top_p, min_p, repeat_penalty, seed, max_tokens
        /show           the model and the settings
        /stats          the line of figures under each answer, on or off
        /retry          ask the last question again
        /undo           take the last question and its answer back
        /keep           keep an answer that was stopped
        /exit           end; Ctrl+D does it too
      Ctrl+C stops an answer. A message that begins with / is sent with //.
      """;

  private final Console console;
  private final LineSource lines;
  private final Conversation conversation;
  private final String modelId;
  private final boolean interactive;
  private boolean stats;

  /**
   * @param interactive whether a person reads along; otherwise only answers are written
   * @param stats       whether each answer is followed by its figures
   */
  ChatLoop(Console console, LineSource lines, Conversation conversation, String modelId, boolean interactive,
      boolean stats) {
    this.console = console;
    this.lines = lines;
    this.conversation = conversation;
    this.modelId = modelId;
    this.interactive = interactive;
    this.stats = stats;
  }

  /** Where messages come from. */
  interface LineSource {

    /** The next message, one or several lines; null at the end. */
    @Nullable
    String next();
  }

  /**
   * Runs to the end.
   *
   * @return the exit code
   */
  int run() {
    int exitCode = ExitCode.DONE;
    for (String line = lines.next(); line != null; line = lines.next()) {
      String message = line.strip();
      if (message.equals("/exit") || message.equals("/bye") || message.equals("q")) {
        break;
      }
      try {
        handle(message);
      } catch (PlatformException e) {
        console.sayln(explain(e));
        // A person sees it and goes on; a script learns it in the end.
        exitCode = interactive ? ExitCode.DONE : ExitCode.of(e.code().type());
      }
    }
    return exitCode;
  }

  private void handle(String message) {
    if (message.isEmpty()) {
      return;
    }
    if (message.startsWith("//")) {
      answer(message.substring(1));
    } else if (message.startsWith("/")) {
      String[] parts = message.split("\\s+", 2);
      command(parts[0], parts.length > 1 ? parts[1] : "");
    } else {
      answer(message);
    }
  }

  private void answer(String question) {
    boolean terminal = console.isTerminal(Console.Stream.OUT);
    Answer answer = conversation.ask(question, text -> console.print(terminal ? TerminalText.visible(text) : text));
    if (!answer.text().endsWith("\n")) {
      console.print("\n");
    }
    if (answer.reason() == FinishReason.CANCELLED) {
      note("[stopped; /keep keeps it, /retry asks again]");
    } else if (stats) {
      note(answer.statistics());
    }
  }

  private void command(String name, String argument) {
    switch (name) {
      case "/new" -> {
        conversation.clear();
        note("[a new conversation]");
      }
      case "/help", "/?" -> console.say(HELP);
      case "/system" -> {
        conversation.setSystem(argument.isEmpty() ? null : argument);
        note(argument.isEmpty() ? "[no system message]" : "[the model is told this from the next message on]");
      }
      case "/set" -> set(argument);
      case "/show" -> show();
      case "/stats" -> {
        stats = !stats;
        note(stats ? "[figures are on]" : "[figures are off]");
      }
      case "/retry" -> {
        Optional<String> question = conversation.takeBackLastQuestion();
        question.ifPresentOrElse(this::answer, () -> note("[nothing was asked yet]"));
      }
      case "/undo" -> note(conversation.undo() ? "[taken back]" : "[there is nothing to take back]");
      case "/keep" -> note(conversation.keepStopped() ? "[kept]" : "[no answer was stopped]");
      default -> {
        List<String> near = NearNames.of(name, COMMANDS);
        throw new PlatformException(StandardErrorCode.INVALID_REQUEST, "there is no command " + name
            + (near.isEmpty() ? "; /help lists them" : "; did you mean " + String.join(" or ", near) + "?"));
      }
    }
  }

  private void set(String argument) {
    String[] parts = argument.split("\\s+", 2);
    if (parts.length < 2) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          "/set takes a name and a value, as in /set temperature 0.2; names: " + String.join(", ", ChatSettings.NAMES));
    }
    ChatSettings.set(conversation, parts[0].toLowerCase(Locale.ROOT), parts[1]);
    note("[" + parts[0] + " = " + parts[1] + "]");
  }

  private void show() {
    ModelDescription model = conversation.model().description();
    console.sayln("model      " + modelId + ": " + model.architecture() + ", " + model.format());
    console.sayln("context    " + model.contextLength() + " tokens");
    console.sayln("system     " + conversation.system().orElse("(none)"));
    console.sayln("answered   " + conversation.answered());
    console.sayln("max_tokens " + conversation.maxTokens());
    var sampling = conversation.sampling();
    console.sayln("sampling   temperature " + orDefault(sampling.temperature()) + ", top_k "
        + orDefault(sampling.topK()) + ", top_p " + orDefault(sampling.topP()) + ", min_p " + orDefault(sampling.minP())
        + ", repeat_penalty " + orDefault(sampling.repetitionPenalty()) + ", seed " + orDefault(sampling.seed()));
  }

  private static String orDefault(@Nullable Number value) {
    return value == null ? "(the model's own)" : value.toString();
  }

  private static String explain(PlatformException failure) {
    String message = "trine: " + TerminalText.visible(String.valueOf(failure.getMessage()));
    return failure.code() == StandardErrorCode.CONTEXT_LENGTH_EXCEEDED
        ? message + "\n/undo takes the last question back, /new begins again."
        : message;
  }

  /** Words for whoever reads along. */
  private void note(String words) {
    if (interactive) {
      console.sayln(console.isColoured(Console.Stream.ERR) ? "\033[2m" + words + "\033[0m" : words);
    }
  }
}
