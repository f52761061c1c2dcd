/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trine.api.llm.ModelDescription;
import dev.trine.app.model.ServedModel;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** The served models, in OpenAI's shape and, under {@code models}, in Ollama's. */
@Serdeable
record ModelList(String object, List<Entry> data, List<Brief> models) {

  private static final List<String> CAPABILITIES = List.of("completion");

  /** One model. */
  @Serdeable
  record Entry(String id, String object, long created, @JsonProperty("owned_by") String ownedBy, List<String> aliases,
      List<String> tags, List<String> capabilities, Meta meta) {

    static Entry of(ServedModel served) {
      return new Entry(served.id(), "model", served.loadedAt().getEpochSecond(), "local",
          served.aliases().stream().sorted().toList(), List.of(), CAPABILITIES,
          Meta.of(served.model().description()));
    }
  }

  /** Facts about a model, under llama.cpp's names. */
  @Serdeable
  record Meta(@JsonProperty("n_vocab") int vocabularySize, @JsonProperty("n_ctx_train") int contextLength,
      @JsonProperty("n_embd") int modelDim, @JsonProperty("n_params") long parameterCount,
      @JsonProperty("size") long sizeBytes) {

    static Meta of(ModelDescription description) {
      return new Meta(description.vocabularySize(), description.contextLength(), description.modelDim(),
          description.parameterCount(), description.sizeBytes());
    }
  }

  /** One model for clients that read Ollama's list. */
  @Serdeable
  record Brief(String name, String model, String type, List<String> capabilities, Details details) {}

  /** Form of a model. */
  @Serdeable
  record Details(String format, String family) {}

  static ModelList of(List<ServedModel> models) {
    return new ModelList("list", models.stream().map(Entry::of).toList(),
        models.stream().map(ModelList::brief).toList());
  }

  private static Brief brief(ServedModel served) {
    ModelDescription description = served.model().description();
    return new Brief(served.id(), served.id(), "model", CAPABILITIES,
        new Details(description.format(), description.architecture()));
  }
}
