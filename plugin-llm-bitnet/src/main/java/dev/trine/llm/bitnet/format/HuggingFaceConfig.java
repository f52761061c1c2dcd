/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.llm.bitnet.model.Activation;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.RopeConfig;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code config.json} and {@code generation_config.json} of a Hugging Face folder say.
 *
 * @param model       hyperparameters
 * @param tiedHead    whether the head is the embedding
 * @param ternaryRule how ternary layers are stored
 * @param unconverted modules that stay as they are, by name
 * @param endTokens   ids that end a generation
 * @param sampling    what the authors recommend
 */
record HuggingFaceConfig(ModelConfig model, boolean tiedHead, TernaryRule ternaryRule, Set<String> unconverted,
    Set<Integer> endTokens, SamplingOptions sampling) {

  private static final Set<String> ARCHITECTURES = Set.of("BitNetForCausalLM", "BitnetForCausalLM", "LlamaForCausalLM",
      "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM");

  /** What the context length is when a file does not say, as in transformers. */
  private static final int DEFAULT_CONTEXT = 2048;

  static HuggingFaceConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    var json = JsonObjectReader.read(file);
    String architecture = json.firstString("architectures").orElseThrow(
        () -> new PlatformException(StandardErrorCode.MODEL_INVALID, file + " has no architectures"));
    if (!ARCHITECTURES.contains(architecture)) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, file + ": architecture " + architecture
          + " cannot be run; supported are " + String.join(", ", ARCHITECTURES.stream().sorted().toList()));
    }
    boolean bitnet = architecture.equals("BitNetForCausalLM") || architecture.equals("BitnetForCausalLM");
    int vocabularySize = json.requireInteger("vocab_size", 1, Limits.VOCABULARY);
    var generation = JsonObjectReader.readIfPresent(folder.resolve("generation_config.json"));
    var endTokens = new LinkedHashSet<>(json.integers("eos_token_id", 0, vocabularySize - 1));
    generation.ifPresent(g -> endTokens.addAll(g.integers("eos_token_id", 0, vocabularySize - 1)));
    var quantization = json.object("quantization_config");
    return new HuggingFaceConfig(model(json, file, architecture, vocabularySize),
        json.flag("tie_word_embeddings", bitnet),
        ternaryRule(quantization, file, bitnet), unconverted(quantization), endTokens,
        generation.map(HuggingFaceConfig::sampling).orElse(SamplingOptions.unset()));
  }

  private static ModelConfig model(JsonObjectReader json, Path file, String architecture, int vocabularySize) {
    int modelDim = json.requireInteger("hidden_size", 1, Limits.WIDTH);
    int headCount = json.requireInteger("num_attention_heads", 1, Limits.HEADS);
    int kvHeadCount = json.integer("num_key_value_heads", 1, Limits.HEADS).orElse(headCount);
    int headDim = json.integer("head_dim", 1, Limits.WIDTH).orElse(modelDim / headCount);
    int contextLength = json.integer("max_position_embeddings", 1, Limits.CONTEXT).orElse(DEFAULT_CONTEXT);
    if (architecture.equals("MistralForCausalLM")) {
      // Beyond the window, attention would have to forget; within it, the window changes nothing.
      contextLength = Math.min(contextLength,
          json.integer("sliding_window", 1, Limits.CONTEXT).orElse(contextLength));
    }
    return ModelShape.checked(file,
        new ModelConfig(architecture, json.requireInteger("num_hidden_layers", 1, Limits.LAYERS), modelDim, headCount,
            kvHeadCount, headDim, json.requireInteger("intermediate_size", 1, Limits.WIDTH), vocabularySize,
            contextLength,
            json.number("rms_norm_eps", 0, 1).orElse(1e-6).floatValue(), rope(json, file, headDim),
            activation(json, file)));
  }

  private static Activation activation(JsonObjectReader json, Path file) {
    String name = json.string("hidden_act").orElse("silu");
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "relu2" -> Activation.RELU_SQUARED;
      default -> throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          file + ": hidden_act " + name + " cannot be run; supported are silu and relu2");
    };
  }

  private static RopeConfig rope(JsonObjectReader json, Path file, int headDim) {
    var parameters = json.object("rope_parameters");
    double theta = parameters.flatMap(p -> p.number("rope_theta", 1, 1e12))
        .or(() -> json.number("rope_theta", 1, 1e12)).orElse(10000.0);
    RopeScaling scaling = json.object("rope_scaling").or(() -> parameters).map(s -> scaling(s, json, file))
        .orElse(new RopeScaling.None());
    return RopeScaling.rope(scaling, theta, headDim, false);
  }

  private static RopeScaling scaling(JsonObjectReader scaling, JsonObjectReader json, Path file) {
    String type = scaling.string("rope_type").or(() -> scaling.string("type")).orElse("default");
    double original = scaling.integer("original_max_position_embeddings", 1, Limits.CONTEXT)
        .or(() -> json.integer("max_position_embeddings", 1, Limits.CONTEXT)).orElse(DEFAULT_CONTEXT);
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor(scaling, file));
      case "llama3" -> new RopeScaling.Llama3(factor(scaling, file),
          scaling.number("low_freq_factor", 1e-3, 1e6).orElse(1.0),
          scaling.number("high_freq_factor", 1e-3, 1e6).orElse(4.0), original);
      case "yarn" -> new RopeScaling.Yarn(factor(scaling, file), original,
          scaling.number("beta_fast", 1e-3, 1e6).orElse(32.0), scaling.number("beta_slow", 1e-3, 1e6).orElse(1.0),
          scaling.number("attention_factor", 1e-3, 1e3).orElse(0.0));
      default -> throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          file + ": rope scaling " + type + " cannot be run; supported are default, linear, llama3 and yarn");
    };
  }

  private static double factor(JsonObjectReader scaling, Path file) {
    return scaling.number("factor", 1, 1e4).orElseThrow(
        () -> new PlatformException(StandardErrorCode.MODEL_INVALID, file + " has a rope scaling without factor"));
  }

  private static TernaryRule ternaryRule(Optional<JsonObjectReader> quantization, Path file, boolean bitnet) {
    if (quantization.isEmpty()) {
      return bitnet ? TernaryRule.TERNARISE : TernaryRule.NONE;
    }
    var json = quantization.get();
    String method = json.string("quant_method").orElse("");
    if (!method.equals("bitnet")) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          file + ": quant_method '" + method + "' cannot be run; supported is bitnet");
    }
    if (json.flag("use_rms_norm", false)) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          file + ": use_rms_norm (a norm inside each linear layer) cannot be run");
    }
    if (!json.string("linear_class").orElse("bitlinear").equals("autobitlinear")) {
      return TernaryRule.DIVIDE_BY_SCALE;
    }
    String mode = json.string("quantization_mode").orElse("offline");
    return switch (mode) {
      case "offline" -> TernaryRule.MULTIPLY_BY_SCALE;
      case "online" -> TernaryRule.TERNARISE;
      default -> throw json.wrong("quantization_mode", mode, "offline or online");
    };
  }

  private static Set<String> unconverted(Optional<JsonObjectReader> quantization) {
    return quantization.map(q -> Set.copyOf(q.strings("modules_to_not_convert"))).orElse(Set.of());
  }

  private static SamplingOptions sampling(JsonObjectReader json) {
    return SamplingOptions.builder().temperature(json.number("temperature", 0, 100).orElse(null))
        .topK(json.integer("top_k", 0, Limits.VOCABULARY).orElse(null)).topP(json.number("top_p", 0, 1).orElse(null))
        .minP(json.number("min_p", 0, 1).orElse(null))
        .repetitionPenalty(json.number("repetition_penalty", 0, 100).orElse(null)).build();
  }
}
