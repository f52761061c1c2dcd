/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import org.jspecify.annotations.Nullable;

/**
 * The templates that come with one model.
 *
 * @param standard the template of conversations without tools, and of those with tools if there is none for them
 * @param toolUse  the template of conversations with tools; null when the standard one serves both
 */
public record ChatTemplateSet(ChatTemplate standard, @Nullable ChatTemplate toolUse) {

  /** The template for one request. */
  public ChatTemplate forRequest(boolean withTools) {
    ChatTemplate forTools = toolUse;
    return withTools && forTools != null ? forTools : standard;
  }
}
