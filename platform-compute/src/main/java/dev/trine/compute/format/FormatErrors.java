/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Refusals of model files, all of the form {@code <file>: <what was found, what was expected>}. */
final class FormatErrors {

  private static final int QUOTED_CHARACTERS = 120;

  private FormatErrors() {}

  static PlatformException invalid(Path file, String message) {
    return new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": " + message);
  }

  static PlatformException invalid(Tensor tensor, String message) {
    return invalid(tensor.file(), "tensor " + quote(tensor.name()) + " " + message);
  }

  static PlatformException unsupported(Path file, String message) {
    return new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, file + ": " + message);
  }

  static PlatformException unsupported(Tensor tensor, String message) {
    return unsupported(tensor.file(), "tensor " + quote(tensor.name()) + " " + message);
  }

  /** What a failed read or open means to the user. */
  static PlatformException unreadable(Path file, IOException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
          file + ": there is no such file or folder", cause);
      case AccessDeniedException _ -> new PlatformException(StandardErrorCode.MODEL_INVALID,
          file + ": permission to read it was denied", cause);
      default -> new PlatformException(StandardErrorCode.MODEL_INVALID,
          file + ": cannot be read (" + printable(String.valueOf(cause.getMessage())) + ")", cause);
    };
  }

  /** Text from a file in quotes, shortened, with nothing that could steer a terminal or forge a log line. */
  static String quote(String untrusted) {
    return "'" + printable(untrusted) + "'";
  }

  static String printable(String untrusted) {
    var shown = new StringBuilder();
    untrusted.codePoints().limit(QUOTED_CHARACTERS).forEach(character -> {
      boolean plain = Character.isDefined(character) && !Character.isISOControl(character)
          && Character.getType(character) != Character.FORMAT && Character.getType(character) != Character.SURROGATE
          && Character.getType(character) != Character.LINE_SEPARATOR
          && Character.getType(character) != Character.PARAGRAPH_SEPARATOR;
      if (plain) {
        shown.appendCodePoint(character);
      } else {
        shown.append("\\u{" + Integer.toHexString(character) + "}");
      }
    });
    if (untrusted.codePointCount(0, untrusted.length()) > QUOTED_CHARACTERS) {
      shown.append('…');
    }
    return shown.toString();
  }
}
