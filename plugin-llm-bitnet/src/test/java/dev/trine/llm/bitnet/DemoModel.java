/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.nio.file.Path;

/** The model that ships with Trine, for tests. */
final class DemoModel {

  static final Path PATH = Path.of("..", "models", "trine-tiny");

  private DemoModel() {}

  static LanguageModel open(KernelChoice.Preference kernel, int threads, LoadOptions options) {
    return LoadedModel.open(PATH, TestKernels.choose(kernel), threads, options, (done, total) -> {});
  }
}
