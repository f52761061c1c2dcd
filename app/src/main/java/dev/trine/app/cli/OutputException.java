/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Standard output takes no more. */
final class OutputException extends UncheckedIOException {

  private static final long serialVersionUID = 1L;

  OutputException(IOException cause) {
    super("cannot write the result: " + cause.getMessage(), cause);
  }

  /** 141 when the reader closed the pipe, 7 when the disk is full, else 1. */
  int exitCode() {
    String message = String.valueOf(getMessage());
    if (message.contains("pipe")) {
      return ExitCode.CLOSED_PIPE;
    }
    return message.contains("No space") ? ExitCode.DISK_FULL : ExitCode.FAILURE;
  }
}
