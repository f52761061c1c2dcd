/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.TextGeneration;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens {@link SmallModel}.
 *
 * @param words length of an answer, in units of four tokens
 */
record SmallTextGeneration(int words) implements TextGeneration {

  @Override
  public List<String> builtInModels() {
    return List.of("small");
  }

  @Override
  public LanguageModel openBuiltIn(String name, LoadOptions options) {
    return name.equals("small") || Defect.UNKNOWN_NAME_OPENED.present()
        ? new SmallModel(options, words)
        : TextGeneration.super.openBuiltIn(name, options);
  }

  @Override
  public boolean recognises(Path path) {
    return Defect.RECOGNISES_BY_NAME_ALONE.present() && path.toString().endsWith(".gguf");
  }

  @Override
  public ModelDescription describe(Path path) {
    if (Defect.REFUSAL_NAMES_NO_FILE.present()) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, "unsupported");
    }
    return TextGeneration.super.describe(path);
  }
}
