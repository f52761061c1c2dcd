/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.error;

import dev.trine.api.ErrorCode;
import dev.trine.api.ErrorType;

/** Codes of failures that only a server has. */
public enum HttpErrorCode implements ErrorCode {
  /** A model name in a request body that means no model here; a 400, unlike the standard code of this name. */
  MODEL_NOT_FOUND(ErrorType.INVALID_REQUEST),
  /** A Host header that is not a name of this server: what a rebound DNS name looks like. */
  HOST_NOT_ALLOWED(ErrorType.FORBIDDEN),
  /** A web page of another site. */
  ORIGIN_NOT_ALLOWED(ErrorType.FORBIDDEN),
  /** The server is being stopped. */
  SERVER_STOPPING(ErrorType.UNAVAILABLE);

  private final ErrorType type;

  HttpErrorCode(ErrorType type) {
    this.type = type;
  }

  @Override
  public ErrorType type() {
    return type;
  }
}
