/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.llm.bitnet.format.TensorNames.Part;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A GGUF file, or the first of several that hold one model. */
public final class GgufCheckpoint implements Checkpoint {

  private final Gguf file;
  private final ModelConfig config;

  private GgufCheckpoint(Gguf file, ModelConfig config) {
    this.file = file;
    this.config = config;
  }

  static GgufCheckpoint open(Path path, Arena arena) {
    Gguf file = Gguf.open(path, arena);
    return new GgufCheckpoint(file, GgufConfig.read(file));
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
    return config;
  }

  @Override
  public ModelDescription description() {
    long parameters = 0;
    for (Tensor tensor : file.tensors()) {
      parameters += tensor.elementCount();
    }
    String layerName = TensorNames.GGUF.of(0, Part.DOWN).getFirst() + ".weight";
    String type = file.requireTensor(layerName).type().displayName();
    return new ModelDescription(config.architecture(), "GGUF, " + type, parameters, files().bytes(),
        config.contextLength(), config.modelDim(), config.vocabularySize(), chatTemplates().isPresent());
  }

  @Override
  public SamplingOptions recommendedSampling() {
    return GgufConfig.sampling(file.metadata());
  }

  @Override
  public Set<Integer> endTokens() {
    return GgufConfig.endTokens(file.metadata(), config.vocabularySize());
  }

  @Override
  public ModelWeights loadWeights(Kernels kernels, ModelCache cache, Arena arena, int threads, Progress progress) {
    boolean tied = GgufConfig.BITNET.contains(config.architecture())
        || file.tensor(TensorNames.GGUF.head).isEmpty();
    return new WeightLoader(file, TensorNames.GGUF, config, new GgufTernaryLayers(file),
        anew -> new GgufTernaryLayers(Gguf.open(file.path(), anew)))
        .load(tied, kernels.ternary().layout(), cache, arena, threads, progress);
  }

  @Override
  public Tokenizer loadTokenizer() {
    return GgufText.tokenizer(file);
  }

  @Override
  public Optional<ChatTemplateSet> chatTemplates() {
    return GgufText.chatTemplates(file, config.architecture());
  }

  @Override
  public Map<String, Object> templateVariables() {
    return GgufText.templateVariables(file);
  }

  @Override
  public String toString() {
    return file.path().toString();
  }
}
