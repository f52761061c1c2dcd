/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.app.store.TrineHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jline.keymap.KeyMap;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/** Messages typed at a terminal, with editing, history and completion of commands. */
final class TerminalLines implements ChatLoop.LineSource, AutoCloseable {

  private static final int HISTORY_LINES = 2000;
  private static final long NANOS_FOR_SECOND_INTERRUPT = 2_000_000_000;
  private static final String PROMPT = ">>> ";

  private final Console console;
  private final Terminal terminal;
  private final LineReader reader;
  private boolean interrupted;

  /**
   * Takes over the terminal.
   *
   * @param history  where lines are kept; empty to keep none
   * @param commands what the tab key completes
   */
  TerminalLines(Console console, Optional<TrineHome> history, Collection<String> commands) {
    this.console = console;
    try {
      terminal = TerminalBuilder.builder().system(true).dumb(true).nativeSignals(true).build();
      LineReaderBuilder builder = LineReaderBuilder.builder().terminal(terminal).appName("trine")
          .parser(new MessageParser()).completer(new StringsCompleter(commands))
          .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ").variable(LineReader.HISTORY_SIZE, HISTORY_LINES)
          .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES).option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
          .option(LineReader.Option.HISTORY_TIMESTAMPED, false).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
      if (history.isPresent()) {
        builder.variable(LineReader.HISTORY_FILE, ownerOnlyFile(history.get()));
      }
      reader = builder.build();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the terminal: " + e.getMessage(), e);
    }
    // Alt+Enter begins a new line in the message.
    reader.getWidgets().put("insert-line", () -> {
      reader.getBuffer().write("\n");
      return true;
    });
    KeyMap<org.jline.reader.Binding> keys = reader.getKeyMaps().get(LineReader.MAIN);
    if (keys != null) {
      keys.bind(new Reference("insert-line"), "\033\r", "\033\n");
    }
  }

  /**
   * Says what Ctrl+C stops while no message is being typed; with nothing to stop it ends the process.
   *
   * @param stop stops what is running; false when nothing was
   */
  void onInterrupt(BooleanSupplier stop) {
    Runnable interrupt = () -> {
      if (!stop.getAsBoolean()) {
        Runtime.getRuntime().exit(ExitCode.INTERRUPTED);
      }
    };
    terminal.handle(Terminal.Signal.INT, signal -> interrupt.run());
    if (terminal instanceof DumbTerminal) {
      // It does not listen to signals, neither for us nor for its own prompt.
      Signals.register("INT", interrupt);
    }
  }

  /** Whether the last {@link #next} ended because Ctrl+C was pressed twice. */
  boolean wasInterrupted() {
    return interrupted;
  }

  @Override
  public @Nullable String next() {
    long lastInterrupt = Long.MIN_VALUE;
    while (true) {
      try {
        return MessageLines.message(reader.readLine(PROMPT));
      } catch (EndOfFileException e) {
        return null;
      } catch (UserInterruptException e) {
        long now = System.nanoTime();
        boolean empty = e.getPartialLine() == null || e.getPartialLine().isEmpty();
        if (empty && lastInterrupt != Long.MIN_VALUE && now - lastInterrupt < NANOS_FOR_SECOND_INTERRUPT) {
          interrupted = true;
          return null;
        }
        if (empty) {
          lastInterrupt = now;
          console.sayln("(Ctrl+C again or Ctrl+D ends; Ctrl+C during an answer stops the answer)");
        }
      }
    }
  }

  @Override
  public void close() {
    try {
      reader.getHistory().save();
      terminal.close();
    } catch (IOException e) {
      console.sayln("trine: the history of this conversation was not kept: " + e.getMessage());
    }
  }

  private static Path ownerOnlyFile(TrineHome home) throws IOException {
    home.create();
    Path file = home.chatHistory();
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (!Files.exists(file)) {
      if (posix) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(file);
      }
    }
    return file;
  }

  /** Knows when a message has more lines to come; quotes and backslashes mean nothing else in it. */
  private static final class MessageParser extends DefaultParser {

    MessageParser() {
      setEscapeChars(new char[0]);
      setQuoteChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
      if (context == ParseContext.ACCEPT_LINE && MessageLines.isIncomplete(line)) {
        throw new EOFError(-1, -1, "more lines follow");
      }
      return super.parse(line, cursor, context);
    }
  }
}
