/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import java.time.Duration;

class SmallModelContractTest extends TextGenerationContractTest {

  @Override
  protected LanguageModel open(LoadOptions options) {
    return new SmallModel(options, 100);
  }

  @Override
  protected Duration patience() {
    return Duration.ofSeconds(1);
  }
}
