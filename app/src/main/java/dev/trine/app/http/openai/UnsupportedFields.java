/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.app.http.json.JsonFields;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Fields of the dialect that this server knows and cannot honour yet. A value that changes nothing is accepted; any other is
 * refused by name, because an answer that silently ignores part of the question is a wrong answer.
 */
final class UnsupportedFields {

  /** A field, and which of its values change nothing. */
  private record Rule(String field, Predicate<JsonNode> changesNothing) {}

  private static final List<Rule> RULES = List.of(
      // Answers in a given form, and tools.
      new Rule("tools", UnsupportedFields::isEmpty), new Rule("tool_choice", word("auto", "none")),
      new Rule("functions", UnsupportedFields::isEmpty),
      new Rule("function_call", word("auto", "none")),
      new Rule("response_format", node -> node.isObject() && word("text").test(node.path("type"))),
      new Rule("json_schema", node -> false), new Rule("grammar", UnsupportedFields::isEmpty),
      // Probabilities.
      new Rule("logprobs", UnsupportedFields::isFalseOrZero), new Rule("top_logprobs", UnsupportedFields::isZero),
      new Rule("n_probs", UnsupportedFields::isZero),
      new Rule("logit_bias", UnsupportedFields::isEmpty), new Rule("post_sampling_probs", UnsupportedFields::isFalse),
      // Samplers.
      new Rule("typical_p", number(1)), new Rule("typ_p", number(1)),
      new Rule("top_n_sigma", UnsupportedFields::isNotPositive),
      new Rule("xtc_probability", UnsupportedFields::isZero), new Rule("dry_multiplier", UnsupportedFields::isZero),
      new Rule("mirostat", UnsupportedFields::isZero),
      new Rule("dynatemp_range", UnsupportedFields::isZero), new Rule("samplers", node -> false),
      // Reasoning.
      new Rule("reasoning_format", word("none", "auto")), new Rule("reasoning_budget_tokens", number(-1)),
      new Rule("thinking_forced_open", UnsupportedFields::isFalse),
      // Cache and context.
      new Rule("cache_prompt", UnsupportedFields::isTrue), new Rule("id_slot", UnsupportedFields::isAnySlot),
      new Rule("n_keep", UnsupportedFields::isZero),
      new Rule("n_discard", UnsupportedFields::isZero), new Rule("n_cache_reuse", UnsupportedFields::isZero),
      new Rule("t_max_predict_ms", UnsupportedFields::isNotPositive),
      new Rule("n_indent", UnsupportedFields::isZero), new Rule("lora", UnsupportedFields::isEmpty),
      // What the response says.
      new Rule("return_tokens", UnsupportedFields::isFalse), new Rule("timings_per_token", UnsupportedFields::isFalse),
      new Rule("return_progress", UnsupportedFields::isFalse),
      new Rule("response_fields", UnsupportedFields::isEmpty), new Rule("verbose", UnsupportedFields::isFalse),
      new Rule("__verbose", UnsupportedFields::isFalse),
      new Rule("modalities", node -> node.isArray() && node.size() == 1 && word("text").test(node.get(0))),
      new Rule("audio", UnsupportedFields::isEmpty), new Rule("suffix", UnsupportedFields::isEmpty));

  private UnsupportedFields() {}

  /** @throws dev.trine.api.PlatformException {@code UNSUPPORTED_FIELD}, {@code INVALID_VALUE} */
  static void check(JsonFields body) {
    for (Rule rule : RULES) {
      body.node(rule.field()).filter(rule.changesNothing().negate()).ifPresent(node -> {
        throw body.unsupported(rule.field(), "is not supported by this server yet");
      });
    }
    for (String field : List.of("n", "n_cmpl", "best_of")) {
      body.integer(field, field.equals("best_of") ? 0 : 1, 1, "must be 1: this server gives one answer to each prompt");
    }
  }

  private static boolean isEmpty(JsonNode node) {
    return (node.isContainerNode() && node.isEmpty()) || (node.isTextual() && node.textValue().isEmpty());
  }

  private static boolean isFalse(JsonNode node) {
    return node.isBoolean() && !node.booleanValue();
  }

  private static boolean isTrue(JsonNode node) {
    return node.isBoolean() && node.booleanValue();
  }

  private static boolean isZero(JsonNode node) {
    return node.isNumber() && node.doubleValue() == 0;
  }

  private static boolean isNotPositive(JsonNode node) {
    return node.isNumber() && node.doubleValue() <= 0;
  }

  private static boolean isFalseOrZero(JsonNode node) {
    return isFalse(node) || isZero(node);
  }

  /** There is one slot: -1 means any, 0 the first. */
  private static boolean isAnySlot(JsonNode node) {
    return node.isNumber() && (node.doubleValue() == -1 || node.doubleValue() == 0);
  }

  private static Predicate<JsonNode> number(double value) {
    return node -> node.isNumber() && node.doubleValue() == value;
  }

  private static Predicate<JsonNode> word(String... words) {
    var set = Set.of(words);
    return node -> node.isTextual() && set.contains(node.textValue());
  }
}
