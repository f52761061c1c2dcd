/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import dev.trine.api.http.RouteExchange;
import dev.trine.api.http.RouteResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A JSON route, a text route and one with a body. */
final class SmallRoutes implements RouteContribution {

  private volatile String shared = "";

  @Override
  public List<Route> routes() {
    var routes = new ArrayList<Route>();
    routes.add(Route.get("/v1/small/{name}", "Names someone in JSON", this::name));
    var textTypes = Defect.MEDIA_TYPE_MISSING.present() ? List.<String>of() : List.of("text/plain");
    routes.add(new Route(HttpMethod.GET, "/v1/small/{name}/text", "Names someone", List.of(), textTypes, this::text));
    routes.add(Route.post("/v1/small", "Measures a body", SmallRoutes::length));
    if (Defect.TEMPLATE_OF_HALF_SEGMENTS.present()) {
      routes.add(Route.get("/v1/small-{name}", "Names someone", this::name));
    }
    if (Defect.ROUTE_TWICE.present()) {
      routes.add(Route.get("/v1/small/{other}", "Names someone", this::text));
    }
    return routes;
  }

  private RouteResponse name(RouteExchange exchange) {
    var name = exchange.pathVariable("name");
    var json = new StringBuilder("{\"name\":\"");
    name.chars().forEach(c -> {
      if ((c < ' ' || c == '"' || c == '\\') && !Defect.JSON_NOT_ESCAPED.present()) {
        json.append("\\u").append(String.format("%04x", c));
      } else {
        json.append((char) c);
      }
    });
    return RouteResponse.json(json.append("\"}").toString());
  }

  private RouteResponse text(RouteExchange exchange) {
    var name = exchange.pathVariable("name");
    if (Defect.ANSWERS_MIXED_UP.present()) {
      shared = name;
      LockSupport.parkNanos(1_000_000);
      name = shared;
    }
    var type = Defect.OTHER_MEDIA_TYPE.present() ? "text/html" : "text/plain; charset=utf-8";
    var headers = Defect.HEADER_INJECTED.present() ? Map.of("X-Name", name) : Map.<String, String>of();
    return new RouteResponse(200, type, headers, name.getBytes(StandardCharsets.UTF_8));
  }

  private static RouteResponse length(RouteExchange exchange) throws IOException {
    var body = new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8);
    if (!body.startsWith("{")) {
      if (Defect.BODY_BREAKS.present()) {
        throw new IllegalStateException("no object");
      }
      throw new PlatformException(StandardErrorCode.INVALID_JSON, "the body is no JSON object");
    }
    return RouteResponse.json("{\"length\":" + body.length() + "}");
  }
}
