/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

import java.util.List;
import java.util.Objects;

/**
 * One route.
 *
 * @param method             HTTP method
 * @param path               path template such as {@code /v1/hello/{name}}; variables are single path segments
 * @param summary            one line for the API documentation
 * @param requestMediaTypes  media types that the route reads; empty for a route that reads no body or any type
 * @param responseMediaTypes media types that the route answers with, for the API documentation
 * @param handler            called on a virtual thread for each request, by several threads at once
 */
public record Route(HttpMethod method, String path, String summary, List<String> requestMediaTypes,
    List<String> responseMediaTypes, RouteHandler handler) {

  /** @throws IllegalArgumentException when the path does not begin with a slash */
  public Route {
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(summary, "summary");
    Objects.requireNonNull(handler, "handler");
    requestMediaTypes = List.copyOf(requestMediaTypes);
    responseMediaTypes = List.copyOf(responseMediaTypes);
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("route path '" + path + "' does not begin with '/'");
    }
  }

  /** A GET route that answers JSON. */
  public static Route get(String path, String summary, RouteHandler handler) {
    return new Route(HttpMethod.GET, path, summary, List.of(), List.of("application/json"), handler);
  }

  /** A POST route that reads and answers JSON. */
  public static Route post(String path, String summary, RouteHandler handler) {
    return new Route(HttpMethod.POST, path, summary, List.of("application/json"), List.of("application/json"), handler);
  }
}
