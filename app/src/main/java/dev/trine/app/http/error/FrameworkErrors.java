/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.error;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;

/** Gives the errors that the framework finds, such as an unknown path, the same envelope as all others. */
@Singleton
final class FrameworkErrors implements ErrorResponseProcessor<ErrorEnvelope> {

  @Override
  public MutableHttpResponse<ErrorEnvelope> processResponse(ErrorContext context, MutableHttpResponse<?> response) {
    HttpRequest<?> request = context.getRequest();
    String words = context.getErrors().isEmpty() ? response.reason() : context.getErrors().getFirst().getMessage();
    return ErrorResponses.finish(response, switch (response.code()) {
      case 404 -> ErrorEnvelope.of("File Not Found", "not_found_error", null, "route_not_found");
      case 405 -> ErrorEnvelope.of(request.getMethodName() + " is not offered here; this path answers "
          + response.getHeaders().get("Allow"), "invalid_request_error", null, "method_not_allowed");
      case 413 -> ErrorEnvelope.of("the request's body is larger than this server takes", "invalid_request_error", null,
          "payload_too_large");
      default -> response.code() < 500
          ? ErrorEnvelope.of(words, "invalid_request_error", null, "invalid_request")
          // The framework has logged the cause.
          : ErrorEnvelope.of("internal error; the server's log says more", "server_error", null, "server_error");
    });
  }
}
