/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what a mistyped name may have meant. */
public final class NearNames {

  private static final int MAX_DISTANCE = 2;
  private static final int MAX_NAMES = 3;

  private NearNames() {}

  /** Up to three of the names within two edits of {@code name}, whatever the case, nearest first. */
  public static List<String> of(String name, Collection<String> names) {
    return names.stream().distinct().filter(candidate -> distance(name, candidate) <= MAX_DISTANCE)
        .sorted(Comparator.<String>comparingInt(candidate -> distance(name, candidate)).thenComparing(c -> c))
        .limit(MAX_NAMES).toList();
  }

  /** Levenshtein distance, in UTF-16 units; {@code MAX_DISTANCE + 1} when the lengths alone tell that it is too large. */
  static int distance(String one, String other) {
    if (Math.abs(one.length() - other.length()) > MAX_DISTANCE) {
      return MAX_DISTANCE + 1;
    }
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
