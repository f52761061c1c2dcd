/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/** The codes that every part of the platform shares. */
public enum StandardErrorCode implements ErrorCode {
  /** A request that makes no sense as a whole. */
  INVALID_REQUEST(ErrorType.INVALID_REQUEST),
  /** A field whose value is of the wrong type or out of range. */
  INVALID_VALUE(ErrorType.INVALID_REQUEST),
  /** A body that is not JSON. */
  INVALID_JSON(ErrorType.INVALID_REQUEST),
  /** A field that is known and cannot be honoured. */
  UNSUPPORTED_FIELD(ErrorType.INVALID_REQUEST),
  /** A setting whose value is of the wrong type or out of range. */
  INVALID_CONFIGURATION(ErrorType.INVALID_REQUEST),
  /** A prompt that does not fit the context window; details {@code n_prompt_tokens} and {@code n_ctx}. */
  CONTEXT_LENGTH_EXCEEDED(ErrorType.INVALID_REQUEST),
  /** A missing or wrong API key. */
  INVALID_API_KEY(ErrorType.UNAUTHENTICATED),
  /** A path outside the allowed folders. */
  PATH_NOT_ALLOWED(ErrorType.FORBIDDEN),
  /** A model that is not here. */
  MODEL_NOT_FOUND(ErrorType.NOT_FOUND),
  /** A route that is not here. */
  ROUTE_NOT_FOUND(ErrorType.NOT_FOUND),
  /** A body over its limit. */
  PAYLOAD_TOO_LARGE(ErrorType.TOO_LARGE),
  /** The queue is full. */
  SERVER_BUSY(ErrorType.BUSY),
  /** A defect or failure on this side. */
  SERVER_ERROR(ErrorType.INTERNAL),
  /** A model file that is truncated, inconsistent or otherwise unreadable. */
  MODEL_INVALID(ErrorType.CORRUPT_DATA),
  /** A model whose format, type or architecture this build cannot run. */
  MODEL_UNSUPPORTED(ErrorType.NOT_SUPPORTED),
  /** Something that the loaded model or this build cannot do. */
  NOT_SUPPORTED(ErrorType.NOT_SUPPORTED),
  /** The model is being loaded. */
  MODEL_LOADING(ErrorType.UNAVAILABLE),
  /** No model is loaded, or it is being closed. */
  MODEL_UNAVAILABLE(ErrorType.UNAVAILABLE);

  private final ErrorType type;

  StandardErrorCode(ErrorType type) {
    this.type = type;
  }

  @Override
  public ErrorType type() {
    return type;
  }
}
