/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.EventSink;
import java.util.Locale;

/** Shows the progress of long work on one line of standard error, when that is a terminal. */
final class LoadProgress implements EventSink {

  private static final long NANOS_BETWEEN_UPDATES = 100_000_000;

  private final Console console;
  private final boolean shown;
  private long lastNanos;
  private boolean onLine;

  LoadProgress(Console console) {
    this.console = console;
    this.shown = console.isTerminal(Console.Stream.ERR) && !"dumb".equals(console.environment().get("TERM"));
    this.lastNanos = System.nanoTime();
  }

  @Override
  public synchronized void progress(String task, long done, long total) {
    long now = System.nanoTime();
    if (!shown || now - lastNanos < NANOS_BETWEEN_UPDATES) {
      return;
    }
    lastNanos = now;
    onLine = true;
    String amount = total > 0 ? String.format(Locale.ROOT, " %.0f %%", 100.0 * done / total) : "";
    console.say("\r\033[K" + TerminalText.visible(task) + amount);
  }

  /** Clears the line, before other words are written. */
  synchronized void clear() {
    if (onLine) {
      console.say("\r\033[K");
      onLine = false;
    }
  }
}
