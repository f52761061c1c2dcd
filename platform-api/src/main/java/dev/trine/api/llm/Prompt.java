/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a generation starts from. */
public sealed interface Prompt {

  /**
   * Plain text, evaluated as it is: control tokens that it names are recognised, as raw prompts want, and a
   * beginning-of-text token goes before it where the model wants one.
   */
  record Text(String text) implements Prompt {}

  /** Token ids, evaluated as they are. */
  record Tokens(List<Integer> ids) implements Prompt {
    public Tokens {
      ids = List.copyOf(ids);
    }
  }

  /**
   * A conversation, written with the model's chat template.
   *
   * @param messages            at least one
   * @param tools               tools that the model may call; each is the JSON object of the request as maps, lists, strings,
   *                            numbers, booleans and nulls, in the request's order
   * @param addGenerationPrompt whether the template opens the assistant's turn; when false and the last message is the
   *                            assistant's, it is continued
   * @param templateArguments   further variables of the template, such as {@code enable_thinking}
   */
  record Chat(List<ChatMessage> messages, List<Map<String, Object>> tools, boolean addGenerationPrompt,
      Map<String, Object> templateArguments) implements Prompt {

    public Chat {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
      templateArguments = Collections.unmodifiableMap(new LinkedHashMap<>(templateArguments));
    }

    /** A conversation that asks for the assistant's next turn, without tools. */
    public static Chat of(List<ChatMessage> messages) {
      return new Chat(messages, List.of(), true, Map.of());
    }
  }
}
