/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation.
 *
 * @param role    such as {@code system}, {@code user}, {@code assistant}, {@code tool}
 * @param content the text; null for an assistant message that holds tool calls alone
 * @param extra   what else the template may want, under the request's own names ({@code name}, {@code tool_calls},
 *                {@code tool_call_id}, {@code reasoning_content}), as maps, lists, strings, numbers, booleans and nulls
 */
public record ChatMessage(String role, @Nullable String content, Map<String, Object> extra) {

  public ChatMessage {
    Objects.requireNonNull(role, "role");
    extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
  }

  public ChatMessage(String role, String content) {
    this(role, content, Map.of());
  }
}
