/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import dev.trine.api.ErrorCode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.FakeLanguageModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ModelRegistryTest {

  private static ServedModel model(String id, String... aliases) {
    return new ServedModel(id, Set.of(aliases), new FakeLanguageModel(), Instant.EPOCH);
  }

  private final ModelRegistry registry = new ModelRegistry(
      List.of(model("Org/First.gguf", "alias"), model("second"), model("gpt-local")));

  private String resolve(@Nullable String name) {
    var resolved = registry.resolve(name, ModelNameRules.standard());
    return resolved.model().id() + " as " + resolved.name();
  }

  private static ErrorCode codeOf(ModelRegistry registry, String name, ModelNameRules rules) {
    return assertThrows(PlatformException.class, () -> registry.resolve(name, rules)).code();
  }

  @Test
  void noNameMeansTheActiveModel() {
    assertEquals("Org/First.gguf as Org/First.gguf", resolve(null));
    assertEquals("Org/First.gguf as Org/First.gguf", resolve(""));
  }

  @Test
  void aModelAnswersToIdBaseNameAndAlias() {
    for (String name : List.of("Org/First.gguf", "Org/First", "First", "First.gguf", "alias", "alias.gguf")) {
      assertEquals("Org/First.gguf as " + name, resolve(name));
    }
    assertEquals("second as second", resolve("second"));
  }

  @Test
  void aRealNameComesBeforeAGenericOne() {
    assertEquals("gpt-local as gpt-local", resolve("gpt-local"));
    assertEquals("Org/First.gguf as Org/First.gguf", resolve("gpt-4o"));
  }

  @Test
  void strictRulesKnowNoGenericNames() {
    assertEquals(StandardErrorCode.MODEL_NOT_FOUND, codeOf(registry, "gpt-4o", ModelNameRules.strict()));
    assertEquals(StandardErrorCode.MODEL_NOT_FOUND, codeOf(registry, "first", ModelNameRules.standard()));
  }

  @Test
  void generalNamesAreNotModelsOfTheirOwn() {
    assertEquals(Optional.empty(), registry.find("gpt-4o"));
    assertTrue(registry.find("First").isPresent());
  }

  @Test
  void saysWhyThereIsNoModel() {
    assertEquals(StandardErrorCode.MODEL_LOADING,
        codeOf(ModelRegistry.loading(), "x", ModelNameRules.standard()));
    assertEquals(StandardErrorCode.MODEL_UNAVAILABLE,
        codeOf(new ModelRegistry(List.of()), "x", ModelNameRules.standard()));
    registry.close();
    assertEquals(StandardErrorCode.MODEL_UNAVAILABLE, codeOf(registry, "alias", ModelNameRules.standard()));
  }
}
