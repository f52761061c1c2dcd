/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

/** Answers the requests of one route. */
@FunctionalInterface
public interface RouteHandler {

  /**
   * Answers one request; may block.
   *
   * @throws dev.trine.api.PlatformException for an error that the client should see with its own code and status
   * @throws Exception                       for anything else; the client sees a 500
   */
  RouteResponse handle(RouteExchange exchange) throws Exception;
}
