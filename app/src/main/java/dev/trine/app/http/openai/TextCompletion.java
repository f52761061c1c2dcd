/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Response of a completion, whole or one chunk of a stream. */
@Serdeable
record TextCompletion(String id, String object, long created, String model,
    @JsonProperty("system_fingerprint") String systemFingerprint, List<Choice> choices,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable CompletionUsage usage,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Timings timings) {

  /** The continuation of one prompt, whole or in part. */
  @Serdeable
  record Choice(String text, int index, @Nullable Object logprobs,
      @JsonProperty("finish_reason") @Nullable String finishReason) {}

  static TextCompletion of(CompletionIdentity identity, List<Choice> choices, @Nullable CompletionUsage usage,
      @Nullable Timings timings) {
    return new TextCompletion(identity.id(), "text_completion", identity.created(), identity.model(),
        identity.systemFingerprint(), choices, usage, timings);
  }
}
