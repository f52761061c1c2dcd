/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import java.util.List;
import java.util.Map;

/** What the tensors of a checkpoint are called; a part may have had several names over time. */
final class TensorNames {

  static final TensorNames HUGGING_FACE = new TensorNames("model.embed_tokens.weight", "model.norm.weight",
      "lm_head.weight", "model.layers.%d.",
      Map.ofEntries(Map.entry(Part.ATTENTION_NORM, List.of("input_layernorm")),
          Map.entry(Part.QUERY, List.of("self_attn.q_proj")), Map.entry(Part.KEY, List.of("self_attn.k_proj")),
          Map.entry(Part.VALUE, List.of("self_attn.v_proj")), Map.entry(Part.QUERY_NORM, List.of("self_attn.q_norm")),
          Map.entry(Part.KEY_NORM, List.of("self_attn.k_norm")),
          Map.entry(Part.ATTENTION_SUB_NORM, List.of("self_attn.attn_sub_norm", "self_attn.inner_attn_ln")),
          Map.entry(Part.ATTENTION_OUTPUT, List.of("self_attn.o_proj")),
          Map.entry(Part.FFN_NORM, List.of("post_attention_layernorm")), Map.entry(Part.GATE, List.of("mlp.gate_proj")),
          Map.entry(Part.UP, List.of("mlp.up_proj")),
          Map.entry(Part.FFN_SUB_NORM, List.of("mlp.ffn_sub_norm", "mlp.ffn_layernorm")),
          Map.entry(Part.DOWN, List.of("mlp.down_proj"))));

  static final TensorNames GGUF = new TensorNames("token_embd.weight", "output_norm.weight", "output.weight", "blk.%d.",
      Map.ofEntries(Map.entry(Part.ATTENTION_NORM, List.of("attn_norm")), Map.entry(Part.QUERY, List.of("attn_q")),
          Map.entry(Part.KEY, List.of("attn_k")), Map.entry(Part.VALUE, List.of("attn_v")),
          Map.entry(Part.QUERY_NORM, List.of("attn_q_norm")), Map.entry(Part.KEY_NORM, List.of("attn_k_norm")),
          Map.entry(Part.ATTENTION_SUB_NORM, List.of("attn_sub_norm")),
          Map.entry(Part.ATTENTION_OUTPUT, List.of("attn_output")), Map.entry(Part.FFN_NORM, List.of("ffn_norm")),
          Map.entry(Part.GATE, List.of("ffn_gate")), Map.entry(Part.UP, List.of("ffn_up")),
          Map.entry(Part.FFN_SUB_NORM, List.of("ffn_sub_norm")), Map.entry(Part.DOWN, List.of("ffn_down"))));

  /** A tensor of a layer. */
  enum Part {
    ATTENTION_NORM, QUERY, KEY, VALUE, QUERY_NORM, KEY_NORM, ATTENTION_SUB_NORM, ATTENTION_OUTPUT, FFN_NORM, GATE, UP,
    FFN_SUB_NORM, DOWN
  }

  final String embedding;
  final String outputNorm;
  final String head;
  private final String layerPrefix;
  private final Map<Part, List<String>> parts;

  private TensorNames(String embedding, String outputNorm, String head, String layerPrefix,
      Map<Part, List<String>> parts) {
    this.embedding = embedding;
    this.outputNorm = outputNorm;
    this.head = head;
    this.layerPrefix = layerPrefix;
    this.parts = parts;
  }

  /** The names that a part of a layer may have, without {@code .weight}; the present one first. */
  List<String> of(int layer, Part part) {
    String prefix = layerPrefix.formatted(layer);
    return parts.getOrDefault(part, List.of()).stream().map(name -> prefix + name).toList();
  }
}
