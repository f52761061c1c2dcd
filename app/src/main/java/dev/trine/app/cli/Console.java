/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The process as a command sees it: three streams, and the surroundings. Results go to standard output and nothing else
 * does; words about the work go to standard error. Both are UTF-8 and unbuffered.
 */
final class Console {

  /** One of the standard streams. */
  enum Stream {
    IN, OUT, ERR
  }

  private final InputStream in;
  private final OutputStream out;
  private final OutputStream err;
  private final Set<Stream> terminals;
  private final Map<String, String> environment;
  private final Path userHome;
  private final Optional<Path> distribution;

  Console(InputStream in, OutputStream out, OutputStream err, Set<Stream> terminals, Map<String, String> environment,
      Path userHome, Optional<Path> distribution) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminals = Set.copyOf(terminals);
    this.environment = Map.copyOf(environment);
    this.userHome = userHome;
    this.distribution = distribution;
  }

  /** The real process. The launcher says in {@code trine.tty} which streams are terminals. */
  static Console ofProcess() {
    Set<Stream> terminals = Arrays.stream(System.getProperty("trine.tty", "").split(",")).filter(s -> !s.isEmpty())
        .map(name -> switch (name) {
          case "in" -> Stream.IN;
          case "out" -> Stream.OUT;
          default -> Stream.ERR;
        }).collect(Collectors.toUnmodifiableSet());
    return new Console(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err), terminals, System.getenv(), Path.of(System.getProperty("user.home")),
        Optional.ofNullable(System.getProperty("trine.distribution")).map(Path::of));
  }

  InputStream in() {
    return in;
  }

  boolean isTerminal(Stream stream) {
    return terminals.contains(stream);
  }

  /** How wide the terminal is as the environment says ({@code COLUMNS}); very wide where it says nothing. */
  int columns() {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9]\\d{0,3}") ? Integer.parseInt(columns) : Integer.MAX_VALUE;
  }

  Map<String, String> environment() {
    return environment;
  }

  Path userHome() {
    return userHome;
  }

  /** The folder that Trine was started from. */
  Optional<Path> distribution() {
    return distribution;
  }

  /** Whether colours may be used on a stream. */
  boolean isColoured(Stream stream) {
    return isTerminal(stream) && environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }

  /**
   * Writes a result.
   *
   * @throws OutputException when it cannot be written
   */
  void print(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }

  /** Writes a line of a result. */
  void println(String line) {
    print(line + "\n");
  }

  /** Writes words about the work. What cannot be written is lost: there is no better place to say so. */
  void say(String text) {
    try {
      err.write(text.getBytes(StandardCharsets.UTF_8));
      err.flush();
    } catch (IOException e) {
      return;
    }
  }

  /** Writes a line of words about the work. */
  void sayln(String line) {
    say(line + "\n");
  }

  /** Standard output for a library that wants a writer. */
  PrintWriter outWriter() {
    return writer(out);
  }

  /** Standard error for a library that wants a writer. */
  PrintWriter errWriter() {
    return writer(err);
  }

  private static PrintWriter writer(OutputStream stream) {
    Writer whole = new java.io.OutputStreamWriter(stream, StandardCharsets.UTF_8);
    return new PrintWriter(whole, true);
  }
}
