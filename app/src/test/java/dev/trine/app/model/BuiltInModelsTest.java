/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.TextGeneration;
import dev.trine.app.http.FakeLanguageModel;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class BuiltInModelsTest {

  private record Brings(List<String> builtInModels) implements TextGeneration {
    @Override
    public LanguageModel openBuiltIn(String name, LoadOptions options) {
      if (name.equals("broken")) {
        throw new IllegalStateException("no weights");
      }
      return new FakeLanguageModel();
    }
  }

  @Test
  void opensWhatCanBeOpened() {
    var models = BuiltInModels.openAll(
        List.of(new Brings(List.of("a", "broken")), new Brings(List.of("a", "b")), new TextGeneration() {}),
        LoadOptions.defaults(), InstantSource.system());
    assertEquals(List.of("a", "b"), models.stream().map(ServedModel::id).toList());
  }
}
