/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;

/** With one request at a time. */
class SingleSlotContractTest extends LanguageModelContractTest {

  @Override
  protected int requestsAtOnce() {
    return 1;
  }

  @Override
  protected LanguageModel open(LoadOptions options) {
    return super.open(options.withParallelSequences(1));
  }
}
