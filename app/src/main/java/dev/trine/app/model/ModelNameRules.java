/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import java.util.List;

/**
 * Which names that no model has still mean the active model: the ones that clients send by default.
 *
 * @param genericNames names, or beginnings of names that end in {@code *}
 */
public record ModelNameRules(List<String> genericNames) {

  private static final ModelNameRules STANDARD = new ModelNameRules(
      List.of("default", "model-name", "string", "tinfer-server", "gpt-*", "o1*", "o3*", "chatgpt-*",
          "text-davinci-*", "davinci-*", "text-embedding-*", "claude-*", "whisper-1", "tts-1*"));

  public ModelNameRules {
    genericNames = List.copyOf(genericNames);
  }

  /** The names that widespread clients and examples send. */
  public static ModelNameRules standard() {
    return STANDARD;
  }

  /** No generic names: a client must name a model that is there. */
  public static ModelNameRules strict() {
    return new ModelNameRules(List.of());
  }

  boolean isGeneric(String name) {
    return genericNames.stream().anyMatch(generic -> generic.endsWith("*")
        ? name.startsWith(generic.substring(0, generic.length() - 1))
        : name.equals(generic));
  }
}
