/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.ErrorType;

/** How a command ends. 130 and 143, for Ctrl+C and TERM, are the JVM's own. */
final class ExitCode {

  static final int DONE = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int NOT_FOUND = 3;
  static final int CORRUPT = 5;
  static final int BUSY = 6;
  static final int DISK_FULL = 7;
  static final int UNAUTHENTICATED = 8;
  static final int TIMEOUT = 124;
  static final int INTERRUPTED = 130;
  static final int CLOSED_PIPE = 141;

  private ExitCode() {}

  /** The exit code for a kind of failure. */
  static int of(ErrorType type) {
    return switch (type) {
      case INVALID_REQUEST, TOO_LARGE -> USAGE;
      case NOT_FOUND -> NOT_FOUND;
      case CORRUPT_DATA -> CORRUPT;
      case BUSY -> BUSY;
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case TIMEOUT -> TIMEOUT;
      case FORBIDDEN, CONFLICT, INTERNAL, NOT_SUPPORTED, UNAVAILABLE -> FAILURE;
    };
  }
}
