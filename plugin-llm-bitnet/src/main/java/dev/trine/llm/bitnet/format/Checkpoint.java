/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A model's files, of whatever format, opened: the headers are read and checked, the weights are mapped. */
public sealed interface Checkpoint permits HuggingFaceCheckpoint, GgufCheckpoint, Llama2cCheckpoint {

  /** Takes reports while weights are loaded. */
  @FunctionalInterface
  interface Progress {
    void report(long done, long total);
  }

  /** The files that the weights are mapped from. */
  MappedFiles files();

  /** How the matrices that are used as they are stored are stored; types that turn out to be unsupported are left out. */
  Set<DenseType> denseTypes();

  /** Hyperparameters. */
  ModelConfig config();

  /** Facts for people and clients. */
  ModelDescription description();

  /** What the authors recommend. */
  SamplingOptions recommendedSampling();

  /** Ids that end a generation as the model's configuration says; the tokenizer may know more. */
  Set<Integer> endTokens();

  /**
   * Loads the weights. Dense ones stay mapped, ternary ones are packed for the kernels, unless an earlier start has left them packed.
   *
   * @param cache   where packed weights are found and left; lives at least as long as the weights
   * @param arena   owner of packed weights that are not mapped; lives at least as long as the weights
   * @param threads how many threads may load at once
   */
  ModelWeights loadWeights(Kernels kernels, ModelCache cache, Arena arena, int threads, Progress progress);

  /** Loads the weights, packing ternary ones into {@code arena}. */
  default ModelWeights loadWeights(Kernels kernels, Arena arena, int threads, Progress progress) {
    try (var cache = PackedWeightCache.off().forModel(Path.of(toString()))) {
      return loadWeights(kernels, cache, arena, threads, progress);
    }
  }

  /** Builds the tokenizer. */
  Tokenizer loadTokenizer();

  /** The templates that write conversations; empty when the model has none. */
  Optional<ChatTemplateSet> chatTemplates();

  /** Variables that every template sees: {@code bos_token} and {@code eos_token}, where the model has them. */
  Map<String, Object> templateVariables();

  /** The types of all matrices among some tensors. */
  static Set<DenseType> denseTypes(Collection<Tensor> tensors) {
    return tensors.stream().filter(tensor -> tensor.dimensionCount() == 2)
        .flatMap(tensor -> tensor.type().denseType().stream()).collect(Collectors.toUnmodifiableSet());
  }
}
