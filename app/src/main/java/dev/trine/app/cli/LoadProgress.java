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

  private final ProgressLine line;
  private long lastNanos;

  LoadProgress(Console console) {
    this.line = new ProgressLine(console);
    this.lastNanos = System.nanoTime();
  }

  @Override
  public synchronized void progress(String task, long done, long total) {
    long now = System.nanoTime();
    if (!line.isChanging() || now - lastNanos < NANOS_BETWEEN_UPDATES) {
      return;
    }
    lastNanos = now;
    String amount = total > 0 ? String.format(Locale.ROOT, " %.0f %%", 100.0 * done / total) : "";
    line.show(task + amount);
  }

  /** Clears the line, before other words are written. */
  void clear() {
    line.clear();
  }
}
