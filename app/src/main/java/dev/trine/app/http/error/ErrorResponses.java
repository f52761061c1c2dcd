/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.error;

import dev.trine.api.ErrorType;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Failures as clients see them: status, envelope and headers. */
public final class ErrorResponses {

  /** JSON in UTF-8, said aloud. */
  public static final MediaType JSON = MediaType.of("application/json; charset=utf-8");

  private static final Logger LOG = LoggerFactory.getLogger(ErrorResponses.class);

  private ErrorResponses() {}

  /** The whole response of a failure. */
  public static MutableHttpResponse<ErrorEnvelope> of(PlatformException failure) {
    return finish(HttpResponse.status(status(failure.code().type())), envelope(failure));
  }

  static MutableHttpResponse<ErrorEnvelope> finish(MutableHttpResponse<?> response, ErrorEnvelope envelope) {
    int status = response.code();
    if (status == HttpStatus.TOO_MANY_REQUESTS.getCode() || status == HttpStatus.SERVICE_UNAVAILABLE.getCode()) {
      response.header("Retry-After", "1");
    } else if (status == HttpStatus.CONFLICT.getCode()) {
      // The OpenAI libraries retry a 409 otherwise.
      response.header("x-should-retry", "false");
    } else if (status == HttpStatus.UNAUTHORIZED.getCode()) {
      response.header("WWW-Authenticate", "Bearer");
    } else if (status == HttpStatus.REQUEST_ENTITY_TOO_LARGE.getCode()) {
      // The rest of the body is not worth reading.
      response.header("Connection", "close");
    }
    return response.contentType(JSON).body(envelope);
  }

  /** The envelope of a failure. */
  public static ErrorEnvelope envelope(PlatformException failure) {
    String message = String.valueOf(failure.getMessage());
    var details = failure.details();
    return new ErrorEnvelope(new ErrorEnvelope.Body(message, type(failure), failure.parameter().orElse(null),
        failure.code().name().toLowerCase(Locale.ROOT), details.get("n_prompt_tokens"), details.get("n_ctx")), message);
  }

  /** Any failure as a platform failure; one that nobody foresaw is logged, and its words stay inside. */
  public static PlatformException asPlatformException(RuntimeException failure) {
    if (failure instanceof PlatformException platform) {
      return platform;
    }
    LOG.error("unexpected failure while answering a request", failure);
    return new PlatformException(StandardErrorCode.SERVER_ERROR, "internal error; the server's log says more",
        failure);
  }

  private static String type(PlatformException failure) {
    if (failure.code().name().equals(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED.name())) {
      return "exceed_context_size_error";
    }
    return switch (failure.code().type()) {
      case INVALID_REQUEST, TOO_LARGE -> "invalid_request_error";
      case UNAUTHENTICATED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case CONFLICT -> "conflict_error";
      case BUSY -> "rate_limit_error";
      case INTERNAL, CORRUPT_DATA -> "server_error";
      case NOT_SUPPORTED -> "not_supported_error";
      case UNAVAILABLE -> "unavailable_error";
      case TIMEOUT -> "timeout_error";
    };
  }

  private static HttpStatus status(ErrorType type) {
    return switch (type) {
      case INVALID_REQUEST -> HttpStatus.BAD_REQUEST;
      case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
      case FORBIDDEN -> HttpStatus.FORBIDDEN;
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case CONFLICT -> HttpStatus.CONFLICT;
      case TOO_LARGE -> HttpStatus.REQUEST_ENTITY_TOO_LARGE;
      case BUSY -> HttpStatus.TOO_MANY_REQUESTS;
      case INTERNAL, CORRUPT_DATA -> HttpStatus.INTERNAL_SERVER_ERROR;
      case NOT_SUPPORTED -> HttpStatus.NOT_IMPLEMENTED;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case TIMEOUT -> HttpStatus.GATEWAY_TIMEOUT;
    };
  }
}
