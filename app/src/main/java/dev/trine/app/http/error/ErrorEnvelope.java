/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.error;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of every error.
 *
 * @param error  the error, in the shape that OpenAI clients read
 * @param detail the message again, for clients that read it there
 */
@Serdeable
public record ErrorEnvelope(Body error, String detail) {

  /**
   * What went wrong.
   *
   * @param message      for people
   * @param type         kind of error
   * @param param        field at fault, or null
   * @param code         stable name, or null
   * @param promptTokens with {@code exceed_context_size_error}: tokens of the prompt
   * @param contextSize  with {@code exceed_context_size_error}: tokens that the context holds
   */
  @Serdeable
  public record Body(String message, String type, @Nullable String param, @Nullable String code,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("n_prompt_tokens") @Nullable Object promptTokens,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("n_ctx") @Nullable Object contextSize) {}

  static ErrorEnvelope of(String message, String type, @Nullable String param, @Nullable String code) {
    return new ErrorEnvelope(new Body(message, type, param, code, null, null), message);
  }
}
