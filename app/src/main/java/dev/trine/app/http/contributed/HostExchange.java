/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import dev.trine.api.http.RouteExchange;
import dev.trine.app.http.json.JsonBodies;
import io.micronaut.http.ServerHttpRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** One request as a plugin sees it. */
record HostExchange(ServerHttpRequest<?> request, Map<String, Object> variables,
    JsonBodies bodies) implements RouteExchange {

  @Override
  public String path() {
    return URI.create(request.getUri().getRawPath()).getPath();
  }

  @Override
  public String pathVariable(String name) {
    Object value = variables.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route's path has no variable '" + name + "'");
    }
    return value.toString();
  }

  @Override
  public Optional<String> query(String name) {
    return request.getParameters().getFirst(name);
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeaders().get(name));
  }

  /** Read as a whole, so that the limit holds before the plugin sees the first byte. */
  @Override
  public InputStream body() {
    return new ByteArrayInputStream(bodies.readBytes(request));
  }
}
