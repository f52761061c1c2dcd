/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.KeyValueType;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Caches and steps of one sequence, for tests that need no more. */
final class Sequences {

  private Sequences() {}

  /** A pool with room for a number of sequences of the whole context. */
  static PagePool newPool(Transformer transformer, KeyValueType type, int sequences) {
    long pages = (long) sequences * PagePool.pagesFor(transformer.config().contextLength());
    return new PagePool(transformer.cacheShape(), type, pages * PagePool.pageBytes(transformer.cacheShape(), type));
  }

  /** An empty cache for one sequence, in a pool of its own. */
  static SequenceCache newCache(Transformer transformer) {
    return new SequenceCache(newPool(transformer, KeyValueType.F32, 1), transformer.config().contextLength());
  }

  /** Evaluates tokens of one sequence and returns the logits of each, {@code [count, vocabularySize]}. */
  static float[] evaluate(Transformer transformer, Workspace workspace, SequenceCache cache, int[] tokens, int from,
      int count, Transformer.@Nullable LayerListener listener) {
    var step = new Step();
    step.add(cache, tokens, from, count, count);
    transformer.evaluate(workspace, step, listener);
    int width = transformer.config().vocabularySize();
    var logits = new float[count * width];
    for (int row = 0; row < count; row++) {
      System.arraycopy(workspace.logits(row), 0, logits, row * width, width);
    }
    return logits;
  }

  /** Logits of the last of some tokens. */
  static float[] last(Transformer transformer, float[] logits) {
    return Arrays.copyOfRange(logits, logits.length - transformer.config().vocabularySize(), logits.length);
  }
}
