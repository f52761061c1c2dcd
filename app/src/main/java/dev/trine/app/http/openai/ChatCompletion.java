/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Response of a chat completion, whole or one chunk of a stream. */
@Serdeable
record ChatCompletion(String id, String object, long created, String model,
    @JsonProperty("system_fingerprint") String systemFingerprint, List<Choice> choices,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable CompletionUsage usage,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Timings timings) {

  /** One answer, whole in {@code message} or in part in {@code delta}. */
  @Serdeable
  record Choice(int index, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Message message,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, @Nullable Object> delta,
      @Nullable Object logprobs, @JsonProperty("finish_reason") @Nullable String finishReason) {}

  /** The assistant's turn. */
  @Serdeable
  record Message(String role, String content) {}

  static ChatCompletion whole(CompletionIdentity identity, String content, String finishReason, CompletionUsage usage,
      Timings timings) {
    var choice = new Choice(0, new Message("assistant", content), null, null, finishReason);
    return new ChatCompletion(identity.id(), "chat.completion", identity.created(), identity.model(),
        identity.systemFingerprint(), List.of(choice), usage, timings);
  }

  static ChatCompletion chunk(CompletionIdentity identity, Map<String, @Nullable Object> delta,
      @Nullable String finishReason, @Nullable Timings timings) {
    return chunk(identity, List.of(new Choice(0, null, delta, null, finishReason)), null, timings);
  }

  static ChatCompletion usageChunk(CompletionIdentity identity, CompletionUsage usage, Timings timings) {
    return chunk(identity, List.of(), usage, timings);
  }

  private static ChatCompletion chunk(CompletionIdentity identity, List<Choice> choices,
      @Nullable CompletionUsage usage, @Nullable Timings timings) {
    return new ChatCompletion(identity.id(), "chat.completion.chunk", identity.created(), identity.model(),
        identity.systemFingerprint(), choices, usage, timings);
  }
}
