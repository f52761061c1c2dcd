/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.error;

import dev.trine.api.PlatformException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;

/** Answers with the failure's own code and status. */
@Produces
@Singleton
final class PlatformExceptionHandler implements ExceptionHandler<PlatformException, HttpResponse<?>> {

  @Override
  @SuppressWarnings("rawtypes") // The interface says HttpRequest, raw.
  public HttpResponse<?> handle(HttpRequest request, PlatformException exception) {
    return ErrorResponses.of(exception);
  }
}
