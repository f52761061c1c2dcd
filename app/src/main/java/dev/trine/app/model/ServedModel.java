/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import dev.trine.api.llm.LanguageModel;
import java.time.Instant;
import java.util.Set;

/**
 * A model that answers requests.
 *
 * @param id       canonical name
 * @param aliases  further names under which clients may ask for it
 * @param model    the model
 * @param loadedAt when it was loaded
 */
public record ServedModel(String id, Set<String> aliases, LanguageModel model, Instant loadedAt) {

  public ServedModel {
    aliases = Set.copyOf(aliases);
  }

  /** Whether {@code name} is this model's id, its last part, or an alias, with or without {@code .gguf}. */
  boolean answersTo(String name) {
    String plain = withoutExtension(name);
    String plainId = withoutExtension(id);
    return plain.equals(plainId) || plain.equals(plainId.substring(plainId.lastIndexOf('/') + 1))
        || aliases.contains(name) || aliases.contains(plain);
  }

  private static String withoutExtension(String name) {
    return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
  }
}
