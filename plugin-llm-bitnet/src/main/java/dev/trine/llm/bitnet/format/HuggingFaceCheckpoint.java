/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Safetensors;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TensorType;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.template.ChatTemplates;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import dev.trine.llm.bitnet.tokenizer.Tokenizers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A folder in the layout of the Hugging Face hub: {@code config.json}, {@code tokenizer.json}, safetensors. */
public final class HuggingFaceCheckpoint implements Checkpoint {

  /** Codes in one byte of a packed ternary tensor. */
  private static final int CODES_PER_BYTE = 4;

  private final Path folder;
  private final HuggingFaceConfig config;
  private final Safetensors file;

  private HuggingFaceCheckpoint(Path folder, HuggingFaceConfig config, Safetensors file) {
    this.folder = folder;
    this.config = config;
    this.file = file;
  }

  static HuggingFaceCheckpoint open(Path folder, Arena arena) {
    return new HuggingFaceCheckpoint(folder, HuggingFaceConfig.read(folder), Safetensors.open(folder, arena));
  }

  @Override
  public MappedFiles files() {
    return MappedFiles.of(file.tensors());
  }

  @Override
  public Set<DenseType> denseTypes() {
    return Checkpoint.denseTypes(file.tensors());
  }

  @Override
  public ModelConfig config() {
    return config.model();
  }

  @Override
  public ModelDescription description() {
    long parameters = 0;
    boolean packed = false;
    for (Tensor tensor : file.tensors()) {
      if (tensor.type() == TensorType.U8) {
        packed = true;
        parameters += CODES_PER_BYTE * tensor.elementCount();
      } else if (!tensor.name().endsWith(".weight_scale")) {
        parameters += tensor.elementCount();
      }
    }
    String weights = packed
        ? "packed ternary"
        : config.ternaryRule() == TernaryRule.TERNARISE
            ? "master weights, ternary when loaded"
            : file.requireTensor(TensorNames.HUGGING_FACE.embedding).type().displayName();
    var model = config.model();
    return new ModelDescription(model.architecture(), "safetensors, " + weights, parameters,
        files().bytes(),
        model.contextLength(), model.modelDim(), model.vocabularySize(), chatTemplates().isPresent());
  }

  @Override
  public SamplingOptions recommendedSampling() {
    return config.sampling();
  }

  @Override
  public Set<Integer> endTokens() {
    return config.endTokens();
  }

  @Override
  public ModelWeights loadWeights(Kernels kernels, ModelCache cache, Arena arena, int threads, Progress progress) {
    boolean tied = config.tiedHead() || file.tensor(TensorNames.HUGGING_FACE.head).isEmpty();
    return new WeightLoader(file, TensorNames.HUGGING_FACE, config.model(), ternaryLayers(file),
        anew -> ternaryLayers(Safetensors.open(folder, anew)))
        .load(tied, kernels.ternary().layout(), cache, arena, threads, progress);
  }

  private TernaryLayers ternaryLayers(Safetensors tensors) {
    return new HuggingFaceTernaryLayers(tensors, config.ternaryRule(), config.unconverted());
  }

  @Override
  public Tokenizer loadTokenizer() {
    return Tokenizers.fromHuggingFace(folder);
  }

  @Override
  public Optional<ChatTemplateSet> chatTemplates() {
    return ChatTemplates.fromHuggingFace(folder);
  }

  @Override
  public Map<String, Object> templateVariables() {
    return Map.copyOf(ChatTemplates.specialTokens(folder));
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
