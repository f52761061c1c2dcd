/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.Set;

/**
 * What is to be measured.
 *
 * @param rows          the kinds of rows
 * @param repetitions   how often each is measured, after once that does not count
 * @param prefillTokens length of the prompts that are evaluated
 * @param decodeTokens  how many tokens each stream writes
 * @param threads       how many threads the model computes on
 */
public record BenchmarkPlan(Set<RowKind> rows, int repetitions, int prefillTokens, int decodeTokens, int threads) {

  /** Streams that are measured at once. */
  public static final int STREAMS = 8;

  /** Context at which decoding is quoted, as llama.cpp's users do. */
  static final int SHORT_CONTEXT = 64;
  /** Context at which attention costs something. */
  static final int LONG_CONTEXT = 2048;
}
