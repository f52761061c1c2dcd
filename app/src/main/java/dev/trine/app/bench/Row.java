/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.Map;

/** One row of the report. */
public interface Row {

  /** What kind of work is measured, such as {@code decode}. */
  String name();

  /** Which case of it, for people, such as {@code context 2048}. */
  String what();

  /**
   * Measures once.
   *
   * @param counts false while warming up
   */
  void measure(boolean counts);

  /** How often it has been measured so that it counts. */
  int repetitions();

  /** Whether everything that must be the same whenever it is measured was the same. */
  default boolean sound() {
    return true;
  }

  /** The figures under their names in JSON, in display order. */
  Map<String, Object> figures();

  /** The figures on a line, for people. */
  String line();
}
