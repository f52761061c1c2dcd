/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.tck.files.GgufBuilder;
import dev.trine.tck.files.SafetensorsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A small plain model with random weights, which it writes in either container. Its tensors carry Hugging Face names and row
 * order; after writing, their values are what the file holds.
 */
final class RandomModel {

  static final int LAYERS = 2;
  /** A multiple of the largest block of weights, as all widths are. */
  static final int DIM = 256;
  static final int HEADS = 4;
  static final int KV_HEADS = 2;
  /** Not DIM / HEADS, as in Qwen3. */
  static final int HEAD_DIM = 128;
  static final int FFN = 512;
  static final int VOCABULARY = 50;
  static final int CONTEXT = 64;
  static final double THETA = 10000;
  static final float EPS = 1e-5f;

  /** What tells the families apart. */
  enum Family {
    LLAMA("LlamaForCausalLM", "llama", false, false), QWEN2("Qwen2ForCausalLM", "qwen2", true, false),
    QWEN3("Qwen3ForCausalLM", "qwen3", false, true);

    final String huggingFaceName;
    final String ggufName;
    final boolean bias;
    final boolean headNorms;

    Family(String huggingFaceName, String ggufName, boolean bias, boolean headNorms) {
      this.huggingFaceName = huggingFaceName;
      this.ggufName = ggufName;
      this.bias = bias;
      this.headNorms = headNorms;
    }
  }

  /** A tensor, row-major; one dimension when {@code rows} is 0. */
  static final class Weights {
    final int rows;
    final int cols;
    final float[] values;

    Weights(int rows, int cols, float[] values) {
      this.rows = rows;
      this.cols = cols;
      this.values = values;
    }
  }

  private static final Map<String, String> GGUF_NAMES = Map.ofEntries(Map.entry("input_layernorm", "attn_norm"),
      Map.entry("self_attn.q_proj", "attn_q"), Map.entry("self_attn.k_proj", "attn_k"),
      Map.entry("self_attn.v_proj", "attn_v"), Map.entry("self_attn.o_proj", "attn_output"),
      Map.entry("self_attn.q_norm", "attn_q_norm"), Map.entry("self_attn.k_norm", "attn_k_norm"),
      Map.entry("post_attention_layernorm", "ffn_norm"), Map.entry("mlp.gate_proj", "ffn_gate"),
      Map.entry("mlp.up_proj", "ffn_up"), Map.entry("mlp.down_proj", "ffn_down"));

  final Family family;
  final Map<String, Weights> tensors = new LinkedHashMap<>();
  private final boolean tied;

  RandomModel(Family family, boolean tied, long seed) {
    this.family = family;
    this.tied = tied;
    var random = new Random(seed);
    add(random, "model.embed_tokens.weight", VOCABULARY, DIM);
    add(random, "model.norm.weight", 0, DIM);
    if (!tied) {
      add(random, "lm_head.weight", VOCABULARY, DIM);
    }
    for (int layer = 0; layer < LAYERS; layer++) {
      String prefix = "model.layers." + layer + ".";
      add(random, prefix + "input_layernorm.weight", 0, DIM);
      add(random, prefix + "post_attention_layernorm.weight", 0, DIM);
      add(random, prefix + "self_attn.q_proj.weight", HEADS * HEAD_DIM, DIM);
      add(random, prefix + "self_attn.k_proj.weight", KV_HEADS * HEAD_DIM, DIM);
      add(random, prefix + "self_attn.v_proj.weight", KV_HEADS * HEAD_DIM, DIM);
      add(random, prefix + "self_attn.o_proj.weight", DIM, HEADS * HEAD_DIM);
      add(random, prefix + "mlp.gate_proj.weight", FFN, DIM);
      add(random, prefix + "mlp.up_proj.weight", FFN, DIM);
      add(random, prefix + "mlp.down_proj.weight", DIM, FFN);
      if (family.bias) {
        add(random, prefix + "self_attn.q_proj.bias", 0, HEADS * HEAD_DIM);
        add(random, prefix + "self_attn.k_proj.bias", 0, KV_HEADS * HEAD_DIM);
        add(random, prefix + "self_attn.v_proj.bias", 0, KV_HEADS * HEAD_DIM);
      }
      if (family.headNorms) {
        add(random, prefix + "self_attn.q_norm.weight", 0, HEAD_DIM);
        add(random, prefix + "self_attn.k_norm.weight", 0, HEAD_DIM);
      }
    }
  }

  private void add(Random random, String name, int rows, int cols) {
    var values = new float[Math.max(rows, 1) * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * (rows == 0 ? 0.5f : 0.3f) + (name.contains("norm") ? 1 : 0);
    }
    tensors.put(name, new Weights(rows, cols, values));
  }

  /** Writes a Hugging Face folder, in one file or in two. */
  Path writeFolder(Path folder, WeightEncoding encoding, boolean sharded, String moreConfig) throws IOException {
    Files.writeString(folder.resolve("config.json"),
        """
            {"architectures": ["%s"], "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
             "num_attention_heads": %d, "num_key_value_heads": %d, "head_dim": %d, "vocab_size": %d,
             "max_position_embeddings": %d, "rms_norm_eps": %s, "rope_theta": %s, "tie_word_embeddings": %s%s}
            """.formatted(family.huggingFaceName, DIM, FFN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, VOCABULARY, CONTEXT, EPS,
            THETA,
            tied, moreConfig));
    var shards = new SafetensorsBuilder[]{new SafetensorsBuilder(), new SafetensorsBuilder()};
    var index = new StringBuilder();
    int number = 0;
    for (var entry : tensors.entrySet()) {
      Weights weights = entry.getValue();
      int shard = sharded ? number++ % 2 : 0;
      long[] shape = weights.rows == 0 ? new long[]{weights.cols} : new long[]{weights.rows, weights.cols};
      shards[shard].tensor(entry.getKey(), encoding.safetensorsName, shape, encoding.encode(weights.values));
      index.append(index.isEmpty() ? "" : ",").append('"').append(entry.getKey()).append("\":\"part-").append(shard)
          .append(".safetensors\"");
    }
    if (sharded) {
      shards[0].write(folder.resolve("part-0.safetensors"));
      shards[1].write(folder.resolve("part-1.safetensors"));
      Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + index + "}}");
    } else {
      shards[0].write(folder.resolve("model.safetensors"));
    }
    return folder;
  }

  /** Begins a GGUF file; norms and biases stay F32, as converters write them. */
  GgufBuilder gguf(WeightEncoding encoding) {
    String arch = family.ggufName;
    var builder = new GgufBuilder().string("general.architecture", arch).uint32(arch + ".context_length", CONTEXT)
        .uint32(arch + ".embedding_length", DIM).uint32(arch + ".block_count", LAYERS)
        .uint32(arch + ".feed_forward_length", FFN).uint32(arch + ".attention.head_count", HEADS)
        .uint32(arch + ".attention.head_count_kv", KV_HEADS).uint32(arch + ".attention.key_length", HEAD_DIM)
        .uint32(arch + ".attention.value_length", HEAD_DIM).float32(arch + ".attention.layer_norm_rms_epsilon", EPS)
        .float32(arch + ".rope.freq_base", (float) THETA);
    tensors.forEach((name, weights) -> {
      WeightEncoding own = weights.rows == 0 ? WeightEncoding.F32 : encoding;
      byte[] bytes = own.encode(weights.values);
      if (family == Family.LLAMA && (name.contains("q_proj") || name.contains("k_proj"))) {
        bytes = interleaved(bytes, weights.rows);
      }
      long[] dimensions = weights.rows == 0 ? new long[]{weights.cols} : new long[]{weights.rows, weights.cols};
      builder.tensor(ggufName(name), own.ggufId, dimensions, bytes);
    });
    return builder;
  }

  private static String ggufName(String name) {
    return switch (name) {
      case "model.embed_tokens.weight" -> "token_embd.weight";
      case "model.norm.weight" -> "output_norm.weight";
      case "lm_head.weight" -> "output.weight";
      default -> {
        String[] parts = name.split("\\.", 4);
        int dot = parts[3].lastIndexOf('.');
        yield "blk." + parts[2] + "." + GGUF_NAMES.get(parts[3].substring(0, dot)) + parts[3].substring(dot);
      }
    };
  }

  /** The row order in which converters store queries and keys of the llama family: pairs of RoPE side by side. */
  private static byte[] interleaved(byte[] rows, int count) {
    int rowBytes = rows.length / count;
    var result = new byte[rows.length];
    for (int row = 0; row < count; row++) {
      int head = row / HEAD_DIM;
      int pair = row % HEAD_DIM % (HEAD_DIM / 2);
      int second = row % HEAD_DIM / (HEAD_DIM / 2);
      int target = head * HEAD_DIM + 2 * pair + second;
      System.arraycopy(rows, row * rowBytes, result, target * rowBytes, rowBytes);
    }
    return result;
  }
}
