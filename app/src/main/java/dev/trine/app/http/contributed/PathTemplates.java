/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import java.util.List;

/** Compares path templates. */
final class PathTemplates {

  private PathTemplates() {}

  /** Whether some path matches both templates. A {@code {+variable}} takes all the rest of a path. */
  static boolean overlap(String one, String other) {
    List<String> a = segments(one);
    List<String> b = segments(other);
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      if (i >= a.size() || i >= b.size()) {
        return false;
      }
      if (takesRest(a.get(i)) || takesRest(b.get(i))) {
        return true;
      }
      if (!isVariable(a.get(i)) && !isVariable(b.get(i)) && !a.get(i).equals(b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> segments(String template) {
    return List.of(template.substring(1).split("/", -1));
  }

  private static boolean isVariable(String segment) {
    return segment.startsWith("{");
  }

  private static boolean takesRest(String segment) {
    return segment.startsWith("{+");
  }
}
