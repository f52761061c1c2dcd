/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import dev.trine.api.Capability;
import java.nio.file.Path;
import java.util.List;

/** Opens language models. */
public interface TextGeneration extends Capability {

  /** Names of models that this plugin brings with it and that need no file; they are opened with {@link #openBuiltIn}. */
  default List<String> builtInModels() {
    return List.of();
  }

  /**
   * Opens a model that the plugin brings with it.
   *
   * @param name one of {@link #builtInModels}
   * @throws dev.trine.api.PlatformException {@code MODEL_NOT_FOUND} for another name
   */
  default LanguageModel openBuiltIn(String name, LoadOptions options) {
    throw new dev.trine.api.PlatformException(dev.trine.api.StandardErrorCode.MODEL_NOT_FOUND,
        "there is no built-in model '" + name + "'");
  }

  /** Whether a folder or file looks like a model of this plugin; looks at names and first bytes only, never throws. */
  default boolean recognises(Path path) {
    return false;
  }

  /**
   * Reads what a model is from its headers, without loading its weights.
   *
   * @throws dev.trine.api.PlatformException {@code MODEL_INVALID} or {@code MODEL_UNSUPPORTED}, naming file and field
   */
  default ModelDescription describe(Path path) {
    throw new dev.trine.api.PlatformException(dev.trine.api.StandardErrorCode.MODEL_UNSUPPORTED,
        "this plugin reads no model files, not " + path);
  }

  /**
   * Loads a model. The caller closes it.
   *
   * @throws dev.trine.api.PlatformException {@code MODEL_INVALID} or {@code MODEL_UNSUPPORTED}, naming file and field
   */
  default LanguageModel open(Path path, LoadOptions options) {
    throw new dev.trine.api.PlatformException(dev.trine.api.StandardErrorCode.MODEL_UNSUPPORTED,
        "this plugin reads no model files, not " + path);
  }
}
