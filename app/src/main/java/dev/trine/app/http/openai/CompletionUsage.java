/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.trine.api.llm.Usage;
import io.micronaut.serde.annotation.Serdeable;

/** Tokens used. Cached tokens are told in both places where clients look for them. */
@Serdeable
record CompletionUsage(@JsonProperty("prompt_tokens") int promptTokens,
    @JsonProperty("completion_tokens") int completionTokens, @JsonProperty("total_tokens") int totalTokens,
    @JsonProperty("cached_tokens") int cachedTokens,
    @JsonProperty("prompt_tokens_details") PromptTokensDetails promptTokensDetails,
    @JsonProperty("completion_tokens_details") CompletionTokensDetails completionTokensDetails) {

  /** Of the prompt's tokens. */
  @Serdeable
  record PromptTokensDetails(@JsonProperty("cached_tokens") int cachedTokens) {}

  /** Of the answer's tokens. */
  @Serdeable
  record CompletionTokensDetails(@JsonProperty("reasoning_tokens") int reasoningTokens) {}

  static CompletionUsage of(Usage usage) {
    return new CompletionUsage(usage.promptTokens(), usage.completionTokens(),
        usage.promptTokens() + usage.completionTokens(), usage.cachedTokens(),
        new PromptTokensDetails(usage.cachedTokens()), new CompletionTokensDetails(0));
  }
}
