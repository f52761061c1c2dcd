/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Messages from standard input that is no terminal: a line each, blocks as {@link MessageLines} knows them. */
final class PipedLines implements ChatLoop.LineSource {

  private final InputStream in;

  PipedLines(InputStream in) {
    this.in = new BufferedInputStream(in);
  }

  @Override
  public @Nullable String next() {
    String line = line();
    if (line == null) {
      return null;
    }
    var typed = new StringBuilder(line);
    while (MessageLines.isIncomplete(typed.toString())) {
      line = line();
      if (line == null) {
        break;
      }
      typed.append('\n').append(line);
      if (typed.length() > PromptInput.MAX_BYTES) {
        throw tooLong();
      }
    }
    return MessageLines.message(typed.toString());
  }

  private @Nullable String line() {
    var bytes = new ByteArrayOutputStream();
    try {
      int b = in.read();
      if (b < 0) {
        return null;
      }
      for (; b >= 0 && b != '\n'; b = in.read()) {
        if (bytes.size() >= PromptInput.MAX_BYTES) {
          throw tooLong();
        }
        bytes.write(b);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read standard input: " + e.getMessage(), e);
    }
    String line = PromptInput.decode(bytes.toByteArray());
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  private static PlatformException tooLong() {
    return new PlatformException(StandardErrorCode.PAYLOAD_TOO_LARGE,
        "a message on standard input is longer than " + PromptInput.MAX_BYTES + " bytes");
  }
}
