/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import dev.trine.app.http.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the prompts of a completion request: a text, token ids, a mixture of both, or a list of such. */
final class CompletionPrompts {

  /** As many prompts as the OpenAI API takes in one request. */
  private static final int MAX_PROMPTS = 2048;

  private final JsonFields body;
  private final LanguageModel model;
  private @Nullable List<Integer> opening;

  CompletionPrompts(JsonFields body, LanguageModel model) {
    this.body = body;
    this.model = model;
  }

  /** @throws PlatformException {@code INVALID_VALUE}, {@code CONTEXT_LENGTH_EXCEEDED} */
  List<Prompt> read() {
    JsonNode node = body.node("prompt").orElseThrow(() -> body.invalid("prompt", "is required"));
    var prompts = new ArrayList<Prompt>();
    if (node.isArray() && !isTokenList(node)) {
      for (int i = 0; i < node.size(); i++) {
        prompts.add(one("prompt[" + i + "]", node.get(i)));
      }
    } else {
      prompts.add(one("prompt", node));
    }
    if (prompts.isEmpty() || prompts.size() > MAX_PROMPTS) {
      throw body.invalid("prompt", "must hold 1 to " + MAX_PROMPTS + " prompts, got " + prompts.size());
    }
    if (prompts.size() > 1) {
      // The first prompt's answer must not be computed for a request whose last prompt is refused.
      prompts.forEach(this::checkLength);
    }
    return prompts;
  }

  /** An array with a number in it is one prompt; any other is a list of prompts. */
  private static boolean isTokenList(JsonNode array) {
    for (JsonNode element : array) {
      if (element.isNumber()) {
        return true;
      }
    }
    return false;
  }

  private Prompt one(String field, JsonNode node) {
    if (node.isTextual()) {
      return new Prompt.Text(node.textValue());
    }
    if (!node.isArray() || node.isEmpty()) {
      throw body.wrongType(field, "a string or an array of token ids", node);
    }
    var ids = new ArrayList<Integer>();
    for (int i = 0; i < node.size(); i++) {
      JsonNode element = node.get(i);
      if (element.isTextual()) {
        ids.addAll(textIds(element.textValue(), i == 0));
      } else if (element.isNumber() && element.doubleValue() == element.intValue() && element.intValue() >= 0) {
        ids.add(element.intValue());
      } else {
        throw body.wrongType(field + "[" + i + "]", "a token id or a string", element);
      }
    }
    return new Prompt.Tokens(ids);
  }

  /** Ids of a text inside a token list; the tokens that begin every text come with the first element alone. */
  private List<Integer> textIds(String text, boolean first) {
    if (text.isEmpty()) {
      return first ? opening() : List.of();
    }
    List<Integer> ids = model.tokenize(new Prompt.Text(text));
    if (first) {
      return ids;
    }
    List<Integer> before = opening();
    return ids.size() >= before.size() && ids.subList(0, before.size()).equals(before)
        ? ids.subList(before.size(), ids.size())
        : ids;
  }

  /** What two texts that have nothing in common begin with; a model without such tokens may refuse an empty text. */
  private List<Integer> opening() {
    List<Integer> known = opening;
    if (known == null) {
      List<Integer> one = model.tokenize(new Prompt.Text("a"));
      List<Integer> other = model.tokenize(new Prompt.Text("7"));
      int same = 0;
      while (same < Math.min(one.size(), other.size()) && one.get(same).equals(other.get(same))) {
        same++;
      }
      known = List.copyOf(one.subList(0, same));
      opening = known;
    }
    return known;
  }

  private void checkLength(Prompt prompt) {
    int tokens = model.tokenize(prompt).size();
    int context = model.description().contextLength();
    if (tokens >= context) {
      throw PlatformException
          .ofParameter(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED, "prompt",
              "a prompt has " + tokens + " tokens; the context holds " + context)
          .withDetails(Map.of("n_prompt_tokens", tokens, "n_ctx", context));
    }
  }
}
