/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.TextGeneration;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.llm.bitnet.schedule.EngineOptions;
import dev.trine.tck.TextGenerationContractTest;

/** With as many requests at one time as the engine runs when nothing is said. */
class LanguageModelContractTest extends TextGenerationContractTest {

  @Override
  protected TextGeneration textGeneration() {
    return new BitNetTextGeneration(KernelChoice.choose(KernelChoice.Preference.AUTO)::kernels,
        PackedWeightCache.off(), 2, EngineSettings.defaults(),
        (task, done, total) -> {});
  }

  @Override
  protected int requestsAtOnce() {
    return EngineOptions.DEFAULT_SLOTS;
  }

  @Override
  protected LanguageModel open(LoadOptions options) {
    return DemoModel.open(KernelChoice.Preference.AUTO, 2, options);
  }
}
