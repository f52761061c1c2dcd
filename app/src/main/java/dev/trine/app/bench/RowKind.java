/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.store.NearNames;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of rows that a report has. */
public enum RowKind {
  /** One stream, at a short and at a long context. */
  DECODE,
  /** Evaluating a prompt. */
  PREFILL,
  /** Several streams at once. */
  DECODE_BATCH,
  /** One stream with tokens guessed ahead. */
  DECODE_DRAFTS,
  /** From the start of a process to its first token. */
  FIRST_TOKEN;

  /** The name in reports and options. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The kinds of these names; all of them for none.
   *
   * @throws PlatformException {@code INVALID_VALUE} for a name that there is not
   */
  public static Set<RowKind> named(List<String> names) {
    if (names.isEmpty()) {
      return EnumSet.allOf(RowKind.class);
    }
    var kinds = EnumSet.noneOf(RowKind.class);
    List<String> labels = Arrays.stream(values()).map(RowKind::label).toList();
    for (String name : names) {
      int index = labels.indexOf(name.strip().toLowerCase(Locale.ROOT).replace('-', '_'));
      if (index < 0) {
        List<String> near = NearNames.of(name, labels);
        throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--only",
            "--only: there is no row '" + name + "'."
                + (near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?") + " There are "
                + String.join(", ", labels) + ".");
      }
      kinds.add(values()[index]);
    }
    return kinds;
  }
}
