/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.util.function.Consumer;

/** Says what a benchmark is doing: on one line that changes where standard error is a terminal, else on a line each. */
final class BenchProgress implements Consumer<String> {

  private final Console console;
  private final ProgressLine line;

  BenchProgress(Console console) {
    this.console = console;
    this.line = new ProgressLine(console);
  }

  @Override
  public void accept(String stage) {
    if (line.isChanging()) {
      line.show(stage);
    } else {
      console.sayln("trine bench: " + stage);
    }
  }

  /** Clears the line, before other words are written. */
  void clear() {
    line.clear();
  }
}
