/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import dev.trine.app.plugin.PluginRuntime;
import dev.trine.app.plugin.ProvidedRoute;
import io.micronaut.context.ExecutionHandleLocator;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.MediaType;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.web.router.AnnotatedMethodRouteBuilder;
import io.micronaut.web.router.DefaultRouteBuilder;
import io.micronaut.web.router.UriRoute;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounts the routes that plugins contribute. A route that is already there is never taken over: the newcomer is refused. */
@Singleton
@SuppressWarnings("overrides") // The framework's class declares arrays where its interface has varargs.
final class ContributedRoutes extends DefaultRouteBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(ContributedRoutes.class);

  ContributedRoutes(ExecutionHandleLocator locator, UriNamingStrategy naming, ConversionService conversion,
      AnnotatedMethodRouteBuilder builtIn, PluginRuntime plugins, MountedRoutes mounted) {
    super(locator, naming, conversion);
    for (ProvidedRoute provided : plugins.routes()) {
      HttpMethod method = HttpMethod.valueOf(provided.route().method().name());
      String path = provided.route().path();
      Optional<String> taken = builtInAt(method, path, builtIn.getUriRoutes())
          .or(() -> mounted.overlapping(provided.route()));
      if (taken.isPresent()) {
        LOG.warn("plugin {}: its route {} {} is refused: {} is there already", provided.pluginId(), method, path,
            taken.get());
        mounted.refuse(provided, taken.get());
      } else {
        mount(method, path);
        if (method == HttpMethod.GET) {
          mount(HttpMethod.HEAD, path);
        }
        mounted.add(provided);
      }
    }
  }

  private void mount(HttpMethod method, String path) {
    buildRoute(method, path, ContributedRouteDispatcher.class, "dispatch", ServerHttpRequest.class).consumesAll()
        .produces(MediaType.ALL_TYPE);
  }

  private static Optional<String> builtInAt(HttpMethod method, String path, List<UriRoute> routes) {
    return routes.stream()
        .filter(route -> route.getHttpMethod() == method
            && PathTemplates.overlap(path, route.getUriMatchTemplate().toString()))
        .map(route -> method + " " + route.getUriMatchTemplate() + " of the server").findFirst();
  }
}
