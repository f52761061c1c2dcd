/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The tables of a ternary product. A small team's workers each make their own, of the tokens that they come to multiply: the same work several
 * times, but nobody waits for the others, and no table has to come from another processor's cache, which is slower than making it where
 * processors lie far apart. A large team makes them together.
 */
final class TernaryTables {

  /** From more workers on, making tables several times would cost more than it saves. */
  private static final int MOST_OWNERS = 4;
  /** Numbers so far apart share no line of a cache, nor the one that is fetched with it. */
  private static final int APART = 32;

  private final TernaryKernel kernel;
  private final boolean own;
  private final MemorySegment[] tables;
  /** For each worker, the pass that its tables are of, or -1. */
  private final int[] passes;

  TernaryTables(TernaryKernel kernel, int workers, int widestInput, int maxTokens, Arena arena) {
    this.kernel = kernel;
    own = workers <= MOST_OWNERS;
    int most = Math.min(maxTokens, kernel.tileTokens());
    long bytes = kernel.tableBytes(widestInput, own ? largestPass(kernel, most) : most);
    tables = new MemorySegment[own ? workers : 1];
    Arrays.setAll(tables, i -> arena.allocate(bytes, TernaryMatrix.ALIGNMENT));
    passes = new int[workers * APART];
  }

  /** Tokens of the largest pass that up to so many tokens have. */
  private static int largestPass(TernaryKernel kernel, int mostTokens) {
    int largest = 1;
    for (int tokens = 1; tokens <= mostTokens; tokens++) {
      for (int pass = 0; pass < kernel.passes(tokens); pass++) {
        largest = Math.max(largest, kernel.passStart(tokens, pass + 1) - kernel.passStart(tokens, pass));
      }
    }
    return largest;
  }

  /** Whether workers make their own: then nothing needs to be made before {@link #multiply}. */
  boolean areOwn() {
    return own;
  }

  /** Makes part of the tables that all use. */
  void prepare(byte[] q, int tokens, int cols, int fromChunk, int toChunk) {
    kernel.prepare(q, 0, cols, tokens, cols, tables[0], fromChunk, toChunk);
  }

  /** New tokens: what has been made is of no use any more. Called while nobody multiplies. */
  void clear() {
    Arrays.fill(passes, -1);
  }

  /** Multiplies some blocks of rows by the tokens of one pass. */
  void multiply(int worker, TernaryMatrix w, byte[] q, int tokens, int pass, int[] sums, int fromBlock, int toBlock,
      Workspace workspace) {
    int cols = w.cols();
    if (!own) {
      kernel.multiplyPass(w, tables[0], tokens, pass, sums, 0, w.rows(), fromBlock, toBlock,
          workspace.tileScratch[worker]);
      return;
    }
    int first = kernel.passStart(tokens, pass);
    int count = kernel.passStart(tokens, pass + 1) - first;
    if (passes[worker * APART] != pass) {
      kernel.prepare(q, first * cols, cols, count, cols, tables[worker], 0, w.chunks());
      passes[worker * APART] = pass;
    }
    kernel.multiply(w, tables[worker], count, sums, first * w.rows(), w.rows(), fromBlock, toBlock,
        workspace.tileScratch[worker]);
  }
}
