/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

/** One line of standard error that changes, where that is a terminal that can do so. */
final class ProgressLine {

  private static final String CLEAR = "\r\033[K";
  /** What does not fit is cut by the terminal, whose width may change at any time, instead of going on in a row that nobody clears. */
  private static final String CUT = "\033[?7l";
  private static final String WRAP = "\033[?7h";

  private final Console console;
  private final boolean changing;
  private boolean shown;

  ProgressLine(Console console) {
    this.console = console;
    this.changing = console.isTerminal(Console.Stream.ERR) && !"dumb".equals(console.environment().get("TERM"));
  }

  /** Whether there is such a line; nothing is shown otherwise. */
  boolean isChanging() {
    return changing;
  }

  /** Shows a text in place of the one before. */
  synchronized void show(String text) {
    if (changing) {
      shown = true;
      console.say(CLEAR + CUT + cut(TerminalText.visible(text).replaceAll("\\s", " ")) + WRAP);
    }
  }

  /** Clears the line, before other words are written. */
  synchronized void clear() {
    if (shown) {
      console.say(CLEAR);
      shown = false;
    }
  }

  /** For terminals that cannot cut. The last column stays free: some begin a new row as soon as it is written to. */
  private String cut(String text) {
    int most = Math.max(0, console.columns() - 1);
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most));
  }
}
