/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteExchange;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A request for one route, with its path variables filled in. May be used for more than one call of the handler. */
public final class TestRouteExchange implements RouteExchange {

  private final Route route;
  private final Map<String, String> variables;
  private final Map<String, String> query;
  private final Map<String, String> headers;
  private final byte[] body;

  private TestRouteExchange(Route route, Map<String, String> variables, Map<String, String> query,
      Map<String, String> headers, byte[] body) {
    this.route = route;
    this.variables = Map.copyOf(variables);
    this.query = Map.copyOf(query);
    this.headers = Map.copyOf(headers);
    this.body = body;
  }

  /**
   * A request without query, headers and body.
   *
   * @param variables the decoded value of each path variable
   * @throws IllegalArgumentException when there is not exactly one value for each variable
   */
  public static TestRouteExchange of(Route route, Map<String, String> variables) {
    var wanted = variables(route.path());
    if (!variables.keySet().equals(wanted)) {
      throw new IllegalArgumentException(
          "route " + route.path() + " has the variables " + wanted + ", got " + variables.keySet());
    }
    return new TestRouteExchange(route, variables, Map.of(), Map.of(), new byte[0]);
  }

  /**
   * A request without query, headers and body, by its path.
   *
   * @param routes where the one that answers is looked for
   * @param path   a path such as {@code /v1/hello/Ada}, not encoded
   * @throws IllegalArgumentException when no route answers
   */
  public static TestRouteExchange of(List<Route> routes, HttpMethod method, String path) {
    for (Route route : routes) {
      var variables = match(route.path(), path);
      if (route.method() == method && variables.isPresent()) {
        return of(route, variables.get());
      }
    }
    throw new IllegalArgumentException("no route answers " + method + " " + path);
  }

  /** The same with query parameters. */
  public TestRouteExchange withQuery(Map<String, String> parameters) {
    return new TestRouteExchange(route, variables, parameters, headers, body);
  }

  /** The same with headers. */
  public TestRouteExchange withHeaders(Map<String, String> fields) {
    var lowerCase = new LinkedHashMap<String, String>();
    fields.forEach((name, value) -> lowerCase.put(name.toLowerCase(Locale.ROOT), value));
    return new TestRouteExchange(route, variables, query, lowerCase, body);
  }

  /** The same with this text, in UTF-8, as its body. */
  public TestRouteExchange withBody(String text) {
    return new TestRouteExchange(route, variables, query, headers, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The route that this is a request for. */
  public Route route() {
    return route;
  }

  @Override
  public String path() {
    var path = route.path();
    for (var variable : variables.entrySet()) {
      path = path.replace("{" + variable.getKey() + "}", variable.getValue());
    }
    return path;
  }

  @Override
  public String pathVariable(String name) {
    var value = variables.get(name);
    if (value == null) {
      throw new IllegalArgumentException("route " + route.path() + " has no variable '" + name + "'");
    }
    return value;
  }

  @Override
  public Optional<String> query(String name) {
    return Optional.ofNullable(query.get(name));
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public InputStream body() {
    return new ByteArrayInputStream(body);
  }

  @Override
  public String toString() {
    return route.method() + " " + path();
  }

  /** The names of a template's variables. */
  static Set<String> variables(String template) {
    return match(template, template).orElseThrow().keySet();
  }

  /** The values of a template's variables in a path; empty when the path has another form. */
  private static Optional<Map<String, String>> match(String template, String path) {
    var wanted = template.split("/", -1);
    var found = path.split("/", -1);
    if (wanted.length != found.length) {
      return Optional.empty();
    }
    var variables = new LinkedHashMap<String, String>();
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].startsWith("{") && wanted[i].endsWith("}")) {
        variables.put(wanted[i].substring(1, wanted[i].length() - 1), found[i]);
      } else if (!wanted[i].equals(found[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(variables);
  }
}
