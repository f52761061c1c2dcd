/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

/** Words that more than one command says. */
final class Notices {

  private Notices() {}

  /** That a model is the demo, and how to get a real one. */
  static String demo(String id, String command) {
    return id + " is a demo: a model of 7 million weights that knows a few facts, small sums and short stories.\n"
        + "For a real one get a BitNet model, such as microsoft/bitnet-b1.58-2B-4T (a folder) or its GGUF file, and name it:\n"
        + "  trine " + command + " PATH";
  }
}
