/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.VectorMath;
import dev.trine.llm.bitnet.kvcache.Page;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;

/** Causal grouped-query attention (Ainslie et al., 2023) over the KV cache. */
final class Attention {

  private final ModelConfig config;
  private final float scale;

  Attention(ModelConfig config) {
    this.config = config;
    this.scale = (float) (1 / Math.sqrt(config.headDim()));
  }

  /**
   * Attends from consecutive tokens whose keys and values are already in the cache. Heads are shared out among the workers.
   *
   * @param queries  {@code [rows, queryStride]}, the first {@code queryDim} of each row are read
   * @param row      row of the first token
   * @param tokens   number of tokens
   * @param position position of the first token
   * @param output   {@code [rows, queryDim]}
   */
  void apply(Workspace workspace, SequenceCache cache, int layer, float[] queries, int queryStride, int row, int tokens,
      int position, float[] output) {
    int headCount = config.headCount();
    workspace.team.run((worker, workers) -> {
      float[] scores = workspace.scores(worker, position + tokens);
      int from = headCount * worker / workers;
      int to = headCount * (worker + 1) / workers;
      for (int head = from; head < to; head++) {
        for (int token = 0; token < tokens; token++) {
          attend(workspace.kernels.math(), scores, cache, layer, head, queries,
              (row + token) * queryStride + head * config.headDim(), position + token + 1, output,
              (row + token) * config.queryDim() + head * config.headDim());
        }
      }
    });
  }

  private void attend(VectorMath math, float[] scores, SequenceCache cache, int layer, int head, float[] queries,
      int queryOffset, int length, float[] output, int outputOffset) {
    int headDim = config.headDim();
    int kvHead = head / (config.headCount() / config.kvHeadCount());
    for (int position = 0; position < length; position++) {
      Page page = cache.page(position / PagePool.PAGE_TOKENS);
      scores[position] = scale * math.dot(queries, queryOffset, page.keys(),
          page.offset(layer, kvHead, position % PagePool.PAGE_TOKENS), headDim);
    }
    math.softmax(scores, 0, length);
    Arrays.fill(output, outputOffset, outputOffset + headDim, 0);
    for (int position = 0; position < length; position++) {
      Page page = cache.page(position / PagePool.PAGE_TOKENS);
      math.addScaled(output, outputOffset, scores[position], page.values(),
          page.offset(layer, kvHead, position % PagePool.PAGE_TOKENS), headDim);
    }
  }
}
