/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.Prompt;
import dev.trine.app.http.json.JsonFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the conversation of a chat request. */
final class ChatPrompts {

  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function",
      "search");

  /** Fields of a message, besides role and content, that templates know. */
  private static final List<String> TEMPLATE_FIELDS = List.of("name", "tool_calls", "tool_call_id",
      "reasoning_content");

  private ChatPrompts() {}

  /** @throws PlatformException {@code INVALID_VALUE}, {@code INVALID_REQUEST}, {@code UNSUPPORTED_FIELD} */
  static Prompt.Chat read(JsonFields body) {
    var messages = new ArrayList<ChatMessage>();
    for (JsonFields message : body.objects("messages")) {
      messages.add(message(message));
    }
    if (messages.isEmpty()) {
      throw body.invalid("messages", "must be an array of at least one message");
    }
    return new Prompt.Chat(messages, List.of(), addGenerationPrompt(body, messages), templateArguments(body));
  }

  private static ChatMessage message(JsonFields message) {
    String role = message.text("role");
    if (role == null || !ROLES.contains(role)) {
      throw message.invalid("role", "must be system, developer, user, assistant, tool, function or search"
          + (role == null ? "" : ", got '" + role + "'"));
    }
    Map<String, Object> extra = new LinkedHashMap<>();
    for (String field : TEMPLATE_FIELDS) {
      message.node(field).map(JsonFields::plain).ifPresent(value -> extra.put(field, value));
    }
    String content = content(message);
    if (content == null && !(role.equals("assistant") && extra.containsKey("tool_calls"))) {
      throw message.invalid("content", "is required");
    }
    // Templates know the older name of this role alone.
    return new ChatMessage(role.equals("developer") ? "system" : role, content, extra);
  }

  private static @Nullable String content(JsonFields message) {
    JsonNode node = message.node("content").orElse(null);
    if (node == null) {
      return null;
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    if (!node.isArray()) {
      throw message.wrongType("content", "a string or an array of parts", node);
    }
    var text = new StringBuilder();
    for (JsonFields part : message.objects("content")) {
      text.append(partText(part));
    }
    return text.toString();
  }

  private static String partText(JsonFields part) {
    String type = part.text("type");
    String field = switch (type == null ? "" : type) {
      case "text", "input_text", "output_text" -> "text";
      case "refusal" -> "refusal";
      case "" -> throw part.invalid("type", "is required");
      default -> throw part.unsupported("type", "is '" + type + "'; this model reads text alone");
    };
    String text = part.text(field);
    if (text == null) {
      throw part.invalid(field, "is required");
    }
    return text;
  }

  /** A conversation that ends with the assistant's own words is continued, unless the request says otherwise. */
  private static boolean addGenerationPrompt(JsonFields body, List<ChatMessage> messages) {
    boolean endsWithAssistant = messages.getLast().role().equals("assistant");
    if (endsWithAssistant && messages.size() > 1
        && messages.get(messages.size() - 2).role().equals("assistant")) {
      throw body.invalid("messages", "must not end with two messages of the assistant");
    }
    Boolean addPrompt = body.bool("add_generation_prompt");
    boolean continueLast = body.flag("continue_final_message", false);
    if (continueLast && Boolean.TRUE.equals(addPrompt)) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          "add_generation_prompt and continue_final_message must not both be true");
    }
    return addPrompt != null ? addPrompt : !continueLast && !endsWithAssistant;
  }

  private static Map<String, Object> templateArguments(JsonFields body) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    body.fields("chat_template_kwargs").ifPresent(fields -> fields.names()
        .forEach(name -> fields.node(name).map(JsonFields::plain).ifPresent(value -> arguments.put(name, value))));
    String effort = body.text("reasoning_effort");
    if (effort != null) {
      arguments.putIfAbsent("reasoning_effort", effort);
    }
    return arguments;
  }
}
