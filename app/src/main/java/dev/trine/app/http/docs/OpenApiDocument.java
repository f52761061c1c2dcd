/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.docs;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.http.Route;
import dev.trine.app.http.ProductVersion;
import dev.trine.app.http.contributed.MountedRoutes;
import dev.trine.app.plugin.ProvidedRoute;
import io.micronaut.context.BeanProvider;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteInfo;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The OpenAPI description of the routes that are mounted. Built-in routes are described in {@code openapi.json} beside this
 * class; what is described there and not mounted is left out, and contributed routes are described by their plugins.
 */
@Singleton
final class OpenApiDocument {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Pattern VARIABLE = Pattern.compile("\\{\\+?(\\w+)}");
  private static final String ASSETS = "/docs/assets/";

  private final BeanProvider<Router> router;
  private final MountedRoutes contributed;

  OpenApiDocument(BeanProvider<Router> router, MountedRoutes contributed) {
    this.router = router;
    this.contributed = contributed;
  }

  /** The document, as JSON. */
  byte[] toJson() {
    ObjectNode document = readDescriptions();
    ObjectNode described = (ObjectNode) document.get("paths");
    ObjectNode paths = MAPPER.createObjectNode();
    router.get().uriRoutes().filter(OpenApiDocument::isListed)
        .sorted(Comparator.comparing(route -> template(route) + " " + route.getHttpMethodName()))
        .forEach(route -> operation(route, described).ifPresent(operation -> {
          String method = route.getHttpMethodName().toLowerCase(Locale.ROOT);
          paths.withObjectProperty(plain(route)).set(method, operation);
        }));
    document.set("paths", paths);
    ((ObjectNode) document.get("info")).put("version", ProductVersion.version());
    try {
      return MAPPER.writeValueAsBytes(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isListed(UriRouteInfo<?, ?> route) {
    return !route.getHttpMethodName().equals("HEAD") && !template(route).startsWith(ASSETS);
  }

  private static String template(UriRouteInfo<?, ?> route) {
    return route.getUriMatchTemplate().toString();
  }

  private Optional<ObjectNode> operation(UriRouteInfo<?, ?> route, ObjectNode described) {
    String method = route.getHttpMethodName();
    Optional<ProvidedRoute> provided = contributed.find(method, template(route));
    if (provided.isPresent()) {
      return Optional.of(describe(provided.get()));
    }
    String path = plain(route);
    return find(described, path, method).or(() -> find(described, "/v1" + path, method).map(operation -> {
      // A path without /v1 is the same operation again; its id must not be.
      ObjectNode twin = operation.deepCopy();
      twin.remove("operationId");
      return twin;
    }));
  }

  private static Optional<ObjectNode> find(ObjectNode described, String path, String method) {
    return described.path(path).get(method.toLowerCase(Locale.ROOT)) instanceof ObjectNode operation
        ? Optional.of(operation)
        : Optional.empty();
  }

  private static String plain(UriRouteInfo<?, ?> route) {
    return VARIABLE.matcher(template(route)).replaceAll("{$1}");
  }

  private static ObjectNode describe(ProvidedRoute provided) {
    Route route = provided.route();
    ObjectNode operation = MAPPER.createObjectNode();
    operation.put("summary", route.summary());
    operation.putArray("tags").add(provided.pluginId());
    var variables = VARIABLE.matcher(route.path());
    while (variables.find()) {
      ObjectNode parameter = operation.withArrayProperty("parameters").addObject();
      parameter.put("name", variables.group(1)).put("in", "path").put("required", true);
      parameter.putObject("schema").put("type", "string");
    }
    if (!route.requestMediaTypes().isEmpty()) {
      ObjectNode content = operation.putObject("requestBody").putObject("content");
      route.requestMediaTypes().forEach(content::putObject);
    }
    ObjectNode responses = operation.putObject("responses");
    ObjectNode success = responses.putObject("200").put("description", "The plugin's answer");
    if (!route.responseMediaTypes().isEmpty()) {
      ObjectNode content = success.putObject("content");
      route.responseMediaTypes().forEach(content::putObject);
    }
    responses.putObject("default").put("$ref", "#/components/responses/Error");
    return operation;
  }

  private static ObjectNode readDescriptions() {
    try (InputStream in = OpenApiDocument.class.getResourceAsStream("openapi.json")) {
      if (in == null) {
        throw new IllegalStateException("openapi.json is missing from this build");
      }
      return (ObjectNode) MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
