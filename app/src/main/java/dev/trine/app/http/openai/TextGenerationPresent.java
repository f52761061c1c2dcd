/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.TextGeneration;
import dev.trine.app.plugin.PluginRuntime;
import io.micronaut.context.condition.Condition;
import io.micronaut.context.condition.ConditionContext;

/** Holds when a running plugin generates text: without one, the routes that need it do not exist. */
public final class TextGenerationPresent implements Condition {

  @Override
  @SuppressWarnings("rawtypes") // The interface says ConditionContext, raw.
  public boolean matches(ConditionContext context) {
    return !context.getBeanContext().getBean(PluginRuntime.class).capabilities(TextGeneration.class).isEmpty();
  }
}
