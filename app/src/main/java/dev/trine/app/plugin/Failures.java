/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.PlatformException;
import java.util.ServiceConfigurationError;

/** Words for what a plugin threw. */
final class Failures {

  private static final int MAX_CAUSES = 8;

  private Failures() {}

  /** One line: the failure, and the cause that explains it. */
  static String describe(Throwable failure) {
    var text = new StringBuilder(one(failure));
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
      String more = one(cause);
      if (text.indexOf(more) < 0) {
        text.append(": ").append(more);
      }
      cause = cause.getCause();
    }
    return text.toString().lines().findFirst().orElse("");
  }

  private static String one(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case PlatformException e -> message;
      case ServiceConfigurationError e -> message;
      case NoClassDefFoundError e -> "missing class " + message.replace('/', '.');
      case ClassNotFoundException e -> "missing class " + message;
      default -> failure.getMessage() == null
          ? failure.getClass().getSimpleName()
          : failure.getClass().getSimpleName() + ": " + message;
    };
  }
}
