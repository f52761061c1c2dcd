/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.app.http.json.JsonFields;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that chat completions and completions share.
 *
 * @param sampling     what the request sets
 * @param maxTokens    as {@link GenerationRequest#maxTokens}
 * @param stop         stop texts
 * @param ignoreEnd    whether end-of-generation tokens are treated as text
 * @param stream       whether the answer is streamed
 * @param includeUsage whether a stream ends with a usage chunk
 * @param pingSeconds  silence after which a stream carries a comment; null for the server's default
 */
record GenerationFields(SamplingOptions sampling, int maxTokens, List<String> stop, boolean ignoreEnd, boolean stream,
    boolean includeUsage, @Nullable Long pingSeconds) {

  /** Every one is looked for after every token. */
  private static final int MAX_STOP_TEXTS = 64;
  private static final String NOT_NEGATIVE = "must be >= 0";
  private static final String FRACTION = "must be between 0 and 1";
  private static final String FINITE = "must be a finite number";
  private static final double ANY = Double.MAX_VALUE;

  /** Reads the fields, and refuses those that are known and cannot be honoured. */
  static GenerationFields read(JsonFields body) {
    UnsupportedFields.check(body);
    boolean stream = body.flag("stream", false);
    boolean includeUsage = stream
        && body.fields("stream_options").map(options -> options.flag("include_usage", false)).orElse(false);
    return new GenerationFields(sampling(body), maxTokens(body), stop(body), body.flag("ignore_eos", false), stream,
        includeUsage, body.integer("sse_ping_interval", -1, 3600, "must be between -1 and 3600"));
  }

  /** The request for one prompt; what neither client nor server sets is left to the model. */
  GenerationRequest request(Prompt prompt, SamplingOptions serverDefaults) {
    return GenerationRequest.builder(prompt).sampling(sampling.orElse(serverDefaults)).maxTokens(maxTokens).stop(stop)
        .ignoreEnd(ignoreEnd).build();
  }

  private static SamplingOptions sampling(JsonFields body) {
    String penalty = body.firstOf("repetition_penalty", "repeat_penalty").orElse("repetition_penalty");
    String lookback = body.firstOf("rep_penalty_lookback", "repeat_last_n").orElse("rep_penalty_lookback");
    BigInteger seed = body.bigInteger("seed");
    return SamplingOptions.builder().temperature(body.number("temperature", 0, ANY, NOT_NEGATIVE))
        .topK(toInt(body.integer("top_k", 0, Integer.MAX_VALUE, NOT_NEGATIVE)))
        .topP(body.number("top_p", 0, 1, FRACTION)).minP(body.number("min_p", 0, 1, FRACTION))
        .repetitionPenalty(body.number(penalty, 0, ANY, NOT_NEGATIVE))
        .penaltyLookback(toInt(body.integer(lookback, -1, Integer.MAX_VALUE, "must be >= -1")))
        .presencePenalty(body.number("presence_penalty", -ANY, ANY, FINITE))
        .frequencyPenalty(body.number("frequency_penalty", -ANY, ANY, FINITE))
        .seed(seed == null ? null : Long.valueOf(seed.longValue())).build();
  }

  private static @Nullable Integer toInt(@Nullable Long value) {
    return value == null ? null : Integer.valueOf(Math.toIntExact(value));
  }

  /** -1 and 0 mean no limit, except that {@code n_predict} 0 means to evaluate the prompt alone. */
  private static int maxTokens(JsonFields body) {
    String field = body.firstOf("n_predict", "max_completion_tokens", "max_tokens").orElse("max_tokens");
    Long value = body.integer(field, -1, Integer.MAX_VALUE, "must be >= -1");
    if (value == null || (value == 0 && !field.equals("n_predict"))) {
      return -1;
    }
    return Math.toIntExact(value);
  }

  private static List<String> stop(JsonFields body) {
    JsonNode node = body.node("stop").orElse(null);
    if (node == null) {
      return List.of();
    }
    var texts = new LinkedHashSet<String>();
    for (JsonNode one : node.isArray() ? node : List.of(node)) {
      if (!one.isTextual()) {
        throw body.wrongType("stop", "a string or an array of strings", one);
      }
      if (!one.textValue().isEmpty()) {
        texts.add(one.textValue());
      }
    }
    if (texts.size() > MAX_STOP_TEXTS) {
      throw body.invalid("stop", "must hold at most " + MAX_STOP_TEXTS + " different texts, got " + texts.size());
    }
    return List.copyOf(texts);
  }
}
