/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import dev.trine.llm.bitnet.model.Step;
import dev.trine.llm.bitnet.model.Transformer;
import dev.trine.llm.bitnet.model.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Evaluates made-up tokens with the first layer again and again, so that the JVM compiles what requests need; all layers run the
 * same code. It can be interrupted between steps and goes on where it was.
 */
final class WarmUp {

  /**
   * How long it takes. Until the JVM has compiled the kernels, a step takes many times as long as afterwards; on two slow cores
   * it needs about this long.
   */
  private static final long NANOS = 2_000_000_000L;
  private static final int STREAMS = 8;
  private static final int DECODE_STEPS = 8;

  private final Transformer firstLayer;
  private final Workspace workspace;
  private final PageSupply supply;
  private final int contextLength;
  private final Step step = new Step();
  private final int[] tokens;
  private long spentNanos;

  WarmUp(Transformer transformer, Workspace workspace, PageSupply supply, int contextLength) {
    this.firstLayer = transformer.firstLayers(1);
    this.workspace = workspace;
    this.supply = supply;
    this.contextLength = contextLength;
    int fitting = Math.max(0, contextLength - 2 * DECODE_STEPS);
    this.tokens = new int[Math.min(Math.min(ChunkSize.TILE, workspace.maxTokens()), fitting)];
  }

  /**
   * Goes on warming up.
   *
   * @param stop asked between steps whether to leave off
   * @return whether it is complete
   */
  boolean run(BooleanSupplier stop) {
    if (tokens.length == 0) {
      return true;
    }
    int forFirst = PagePool.pagesFor(tokens.length + DECODE_STEPS);
    int streams = Math.clamp(supply.pool().maxPages() - forFirst + 1, 1,
        Math.min(STREAMS, Math.min(workspace.maxLogits(), workspace.maxTokens())));
    var scratch = new ArrayList<SequenceCache>();
    try {
      for (int i = 0; i < streams; i++) {
        scratch.add(new SequenceCache(supply.pool(), contextLength));
      }
      while (spentNanos < NANOS) {
        long start = System.nanoTime();
        if (!round(scratch, stop)) {
          return false;
        }
        spentNanos += System.nanoTime() - start;
      }
      return true;
    } finally {
      scratch.forEach(SequenceCache::release);
    }
  }

  /** What requests do: a prompt, one stream, several streams. Whether it came to its end. */
  private boolean round(List<SequenceCache> scratch, BooleanSupplier stop) {
    for (int streams = 1; streams <= scratch.size(); streams += Math.max(1, scratch.size() - 1)) {
      scratch.forEach(SequenceCache::release);
      List<SequenceCache> some = scratch.subList(0, streams);
      if (!evaluate(some.subList(0, 1), tokens.length, 0, stop)) {
        return false;
      }
      for (int i = 0; i < DECODE_STEPS; i++) {
        if (!evaluate(some, 1, 1, stop)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean evaluate(List<SequenceCache> caches, int count, int logits, BooleanSupplier stop) {
    if (stop.getAsBoolean()) {
      return false;
    }
    step.clear();
    for (SequenceCache cache : caches) {
      if (!supply.reserve(cache, count)) {
        throw new IllegalStateException("there is no memory for keys and values");
      }
      step.add(cache, tokens, 0, count, logits);
    }
    firstLayer.evaluate(workspace, step);
    return true;
  }
}
