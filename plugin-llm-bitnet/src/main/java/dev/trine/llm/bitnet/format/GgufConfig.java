/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.GgufMetadata;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TensorDecoder;
import dev.trine.llm.bitnet.model.Activation;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.RopeConfig;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads hyperparameters from the metadata of a GGUF file. */
final class GgufConfig {

  /** Architectures of BitNet b1.58 models. Their head is the embedding, and their RoPE pairs are not interleaved. */
  static final Set<String> BITNET = Set.of("bitnet", "bitnet-25", "bitnet-b1.58");

  private static final Set<String> INTERLEAVED = Set.of("llama");
  private static final Set<String> PLAIN = Set.of("llama", "qwen2", "qwen3");

  private final Gguf file;
  private final GgufMetadata metadata;
  private final String architecture;

  private GgufConfig(Gguf file) {
    this.file = file;
    this.metadata = file.metadata();
    this.architecture = metadata.string("general.architecture");
  }

  static ModelConfig read(Gguf file) {
    return new GgufConfig(file).read();
  }

  private ModelConfig read() {
    if (!BITNET.contains(architecture) && !PLAIN.contains(architecture)) {
      throw unsupported("architecture " + architecture
          + " cannot be run; supported are bitnet, bitnet-25, bitnet-b1.58, llama, qwen2, qwen3");
    }
    if (metadata.uint(architecture + ".expert_count", 0) > 0) {
      throw unsupported("mixtures of experts cannot be run");
    }
    int modelDim = required("embedding_length", Limits.WIDTH);
    int headCount = required("attention.head_count", Limits.HEADS);
    int headDim = optional("attention.key_length", modelDim / headCount, Limits.WIDTH);
    int valueDim = optional("attention.value_length", headDim, Limits.WIDTH);
    if (valueDim != headDim) {
      throw unsupported("keys of width " + headDim + " with values of width " + valueDim + " cannot be run");
    }
    Tensor embedding = file.requireTensor(TensorNames.GGUF.embedding);
    if (embedding.dimensionCount() != 2 || embedding.rows() > Limits.VOCABULARY) {
      throw WeightLoader.wrongShape(embedding, "[vocabulary up to " + Limits.VOCABULARY + ", " + modelDim + "]");
    }
    double eps = metadata.number(architecture + ".attention.layer_norm_rms_epsilon", 1e-5);
    if (!(eps >= 0 && eps <= 1)) {
      throw invalid("attention.layer_norm_rms_epsilon", eps, "a number from 0 to 1");
    }
    return ModelShape.checked(file.path(),
        new ModelConfig(architecture, required("block_count", Limits.LAYERS), modelDim, headCount,
            kvHeadCount(headCount),
            headDim, required("feed_forward_length", Limits.WIDTH), (int) embedding.rows(),
            required("context_length", Limits.CONTEXT), (float) eps, rope(headDim), activation()));
  }

  private int kvHeadCount(int headCount) {
    String key = architecture + ".attention.head_count_kv";
    if (!metadata.contains(key)) {
      return headCount;
    }
    if (!metadata.isArray(key)) {
      return metadata.uint(key, 1, Limits.HEADS);
    }
    int[] counts = metadata.intArray(key);
    for (int count : counts) {
      if (count != counts[0] || count < 1) {
        throw unsupported("layers with different numbers of key and value heads cannot be run");
      }
    }
    if (counts.length == 0) {
      throw invalid("attention.head_count_kv", "empty", "one number for each layer");
    }
    return counts[0];
  }

  private Activation activation() {
    return switch (architecture) {
      case "bitnet-25", "bitnet-b1.58" -> Activation.RELU_SQUARED;
      case "bitnet" -> switch (metadata.string("bitnet.hidden_act", "silu")) {
        case "relu2" -> Activation.RELU_SQUARED;
        case "silu" -> Activation.SILU;
        default -> throw invalid("hidden_act", metadata.string("bitnet.hidden_act"), "silu or relu2");
      };
      default -> Activation.SILU;
    };
  }

  private RopeConfig rope(int headDim) {
    int rotatedDim = optional("rope.dimension_count", headDim, headDim);
    double theta = metadata.number(architecture + ".rope.freq_base", 10000);
    if (!(theta >= 1 && theta <= 1e12)) {
      throw invalid("rope.freq_base", theta, "a number from 1 to 1e12");
    }
    boolean interleaved = INTERLEAVED.contains(architecture);
    RopeConfig plain = RopeScaling.rope(scaling(), theta, rotatedDim, interleaved);
    Tensor divisors = file.tensor("rope_freqs.weight").orElse(null);
    return divisors == null ? plain : divided(plain, divisors);
  }

  private double positive(String name, double fallback) {
    double value = metadata.number(architecture + "." + name, fallback);
    if (!(value >= 1e-3 && value <= 1e6)) {
      throw invalid(name, value, "a number from 0.001 to 1e6");
    }
    return value;
  }

  /** Llama 3.1's scaling arrives as a tensor of divisors of the frequencies. */
  private static RopeConfig divided(RopeConfig plain, Tensor divisors) {
    int pairs = plain.frequencies().count();
    if (divisors.elementCount() != pairs) {
      throw WeightLoader.wrongShape(divisors, "[" + pairs + "]");
    }
    var values = new float[pairs];
    TensorDecoder.decode(divisors, 0, pairs, values, 0);
    var frequencies = new double[pairs];
    for (int j = 0; j < pairs; j++) {
      if (!(values[j] > 0) || Float.isInfinite(values[j])) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID, divisors.file() + ": tensor " + divisors.name()
            + " holds " + values[j] + ", expected positive numbers");
      }
      frequencies[j] = plain.frequencies().get(j) / values[j];
    }
    return new RopeConfig(new RopeConfig.Frequencies(frequencies), plain.attentionFactor(), plain.interleaved());
  }

  private RopeScaling scaling() {
    String type = metadata.string(architecture + ".rope.scaling.type", "none");
    double factor = metadata.number(architecture + ".rope.scaling.factor", 1);
    if (!(factor >= 1 && factor <= 1e4)) {
      throw invalid("rope.scaling.factor", factor, "a number from 1 to 10000");
    }
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor);
      case "yarn" -> new RopeScaling.Yarn(factor,
          optional("rope.scaling.original_context_length", required("context_length", Limits.CONTEXT), Limits.CONTEXT),
          positive("rope.scaling.yarn_beta_fast", 32), positive("rope.scaling.yarn_beta_slow", 1),
          // A factor of its own here, where Hugging Face's attention_factor stands for all of it.
          positive("rope.scaling.attn_factor", 1) * (0.1 * Math.log(factor) + 1));
      default -> throw unsupported("rope scaling " + type + " cannot be run; supported are none, linear and yarn");
    };
  }

  /** {@code general.sampling.*}, where the file has it. */
  static SamplingOptions sampling(GgufMetadata metadata) {
    return SamplingOptions.builder().temperature(number(metadata, "temp", 100)).topK(integer(metadata, "top_k"))
        .topP(number(metadata, "top_p", 1)).minP(number(metadata, "min_p", 1))
        .repetitionPenalty(number(metadata, "penalty_repeat", 100)).build();
  }

  /** Suggestions that make no sense are no reason to refuse a model; they are left out. */
  private static @Nullable Double number(GgufMetadata metadata, String name, double max) {
    String key = "general.sampling." + name;
    if (!metadata.contains(key)) {
      return null;
    }
    double value;
    try {
      value = metadata.number(key);
    } catch (PlatformException e) {
      return null; // a text, or a whole number below 0
    }
    return value >= 0 && value <= max ? (Double) value : null;
  }

  private static @Nullable Integer integer(GgufMetadata metadata, String name) {
    return Optional.ofNullable(number(metadata, name, Limits.VOCABULARY)).map(Double::intValue).orElse(null);
  }

  /** Ids of the tokens that end a generation. */
  static Set<Integer> endTokens(GgufMetadata metadata, int vocabularySize) {
    var ids = new LinkedHashSet<Integer>();
    for (String name : new String[]{"eos_token_id", "eot_token_id", "eom_token_id"}) {
      String key = "tokenizer.ggml." + name;
      if (metadata.contains(key)) {
        ids.add(metadata.uint(key, 0, vocabularySize - 1));
      }
    }
    return ids;
  }

  private int required(String name, int max) {
    return metadata.uint(architecture + "." + name, 1, max);
  }

  private int optional(String name, int fallback, int max) {
    String key = architecture + "." + name;
    return metadata.contains(key) ? metadata.uint(key, 1, max) : fallback;
  }

  private PlatformException unsupported(String what) {
    return new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, file.path() + ": " + what);
  }

  private PlatformException invalid(String name, Object value, String expected) {
    return new PlatformException(StandardErrorCode.MODEL_INVALID,
        file.path() + ": " + architecture + "." + name + " is " + value + ", expected " + expected);
  }
}
