/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.http.Route;
import java.util.regex.Pattern;

/** The form of a contributed route's path: literal segments and {@code {variables}} that are whole segments. */
final class RoutePaths {

  private static final Pattern PATH = Pattern
      .compile("/|(/([A-Za-z0-9._~-]+|\\{[A-Za-z][A-Za-z0-9_]*\\}))+");

  private RoutePaths() {}

  /** @throws PlatformException {@code INVALID_CONFIGURATION} when the path has another form */
  static void check(Route route) {
    if (!PATH.matcher(route.path()).matches()) {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "route path '" + route.path()
          + "' is not a path of plain segments and {variables} that are whole segments");
    }
  }
}
