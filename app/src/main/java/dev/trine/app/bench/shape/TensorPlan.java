/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor to be written.
 *
 * @param rows    number of outputs; 1 for a vector
 * @param cols    number of inputs, or the length of a vector
 * @param content what its numbers are like
 */
record TensorPlan(String name, int rows, int cols, Content content) {

  /** How much the last feed-forward network adds to the embedding, which alone would make each token follow itself. */
  static final float LOUD = 64;

  /** What a tensor holds, and as which GGUF type. */
  enum Content {
    /** F32, all 1. */
    ONES(0, 1, 4),
    /** TQ2_0 of a root mean square that keeps that of the activations. */
    TERNARY(35, 256, 66),
    /**
     * TQ2_0 of scale 0, which adds nothing to the residual stream. Anything else, however little, tips the rounding of activations to 8
     * bits, and after a few tokens the likeliest one.
     */
    SILENT_TERNARY(35, 256, 66),
    /** TQ2_0 that drowns what else is in the residual stream. */
    LOUD_TERNARY(35, 256, 66),
    /** Q8_0 of root mean square 1. */
    Q8_0(8, 32, 34),
    /** F16 of root mean square 1. */
    F16(1, 1, 2);

    final int ggmlType;
    final int blockElements;
    final int blockBytes;

    Content(int ggmlType, int blockElements, int blockBytes) {
      this.ggmlType = ggmlType;
      this.blockElements = blockElements;
      this.blockBytes = blockBytes;
    }
  }

  /** All tensors of a model, in the order of the file. */
  static List<TensorPlan> of(PublishedShape shape, HeadType head) {
    Content dense = switch (head) {
      case Q8_0 -> Content.Q8_0;
      case F16 -> Content.F16;
    };
    int dim = shape.modelDim();
    var plans = new ArrayList<TensorPlan>();
    plans.add(new TensorPlan("token_embd.weight", shape.vocabulary(), dim, dense));
    plans.add(new TensorPlan("output_norm.weight", 1, dim, Content.ONES));
    if (!shape.tiedHead()) {
      plans.add(new TensorPlan("output.weight", shape.vocabulary(), dim, dense));
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      String prefix = "blk." + layer + ".";
      plans.add(new TensorPlan(prefix + "attn_norm.weight", 1, dim, Content.ONES));
      plans.add(new TensorPlan(prefix + "attn_q.weight", shape.queryDim(), dim, Content.TERNARY));
      plans.add(new TensorPlan(prefix + "attn_k.weight", shape.kvDim(), dim, Content.TERNARY));
      plans.add(new TensorPlan(prefix + "attn_v.weight", shape.kvDim(), dim, Content.TERNARY));
      plans.add(new TensorPlan(prefix + "attn_output.weight", dim, shape.queryDim(), Content.SILENT_TERNARY));
      plans.add(new TensorPlan(prefix + "ffn_norm.weight", 1, dim, Content.ONES));
      plans.add(new TensorPlan(prefix + "ffn_gate.weight", shape.ffnDim(), dim, Content.TERNARY));
      plans.add(new TensorPlan(prefix + "ffn_up.weight", shape.ffnDim(), dim, Content.TERNARY));
      plans.add(new TensorPlan(prefix + "ffn_down.weight", dim, shape.ffnDim(),
          layer == shape.layers() - 1 ? Content.LOUD_TERNARY : Content.SILENT_TERNARY));
      if (shape.subNorms()) {
        plans.add(new TensorPlan(prefix + "attn_sub_norm.weight", 1, shape.queryDim(), Content.ONES));
        plans.add(new TensorPlan(prefix + "ffn_sub_norm.weight", 1, shape.ffnDim(), Content.ONES));
      }
    }
    return plans;
  }

  long blocks() {
    return (long) rows * cols / content.blockElements;
  }

  long sizeBytes() {
    return blocks() * content.blockBytes;
  }
}
