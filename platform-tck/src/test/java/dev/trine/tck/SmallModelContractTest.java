/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.TextGeneration;
import java.time.Duration;

class SmallModelContractTest extends TextGenerationContractTest {

  @Override
  protected TextGeneration textGeneration() {
    return new SmallTextGeneration(100);
  }

  @Override
  protected LanguageModel open(LoadOptions options) {
    return textGeneration().openBuiltIn("small", options);
  }

  @Override
  protected Duration patience() {
    // A defect that hangs shall not hold up the build; a busy machine shall not break it.
    return Duration.ofSeconds(Defect.NONE.present() ? 20 : 1);
  }
}
