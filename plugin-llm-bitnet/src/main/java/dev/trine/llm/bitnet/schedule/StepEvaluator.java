/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.llm.bitnet.model.Step;

/** Evaluates steps. */
interface StepEvaluator {

  /** As {@link dev.trine.llm.bitnet.model.Transformer#evaluate}. */
  void evaluate(Step step);

  /** As {@link dev.trine.llm.bitnet.model.Workspace#logits}. */
  float[] logits(int row);
}
