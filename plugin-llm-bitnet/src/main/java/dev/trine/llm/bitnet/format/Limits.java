/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

/** Largest hyperparameters that a file may claim; far beyond any model for a CPU, small enough to rule out overflow. */
final class Limits {

  static final int LAYERS = 1024;
  static final int WIDTH = 1 << 17;
  static final int HEADS = 1 << 12;
  static final int VOCABULARY = 1 << 20;
  static final int CONTEXT = 1 << 22;

  private Limits() {}
}
