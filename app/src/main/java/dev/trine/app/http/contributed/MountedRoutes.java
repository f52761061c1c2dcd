/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import dev.trine.api.http.Route;
import dev.trine.app.plugin.ProvidedRoute;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The contributed routes that answer, and those that were refused. */
@Singleton
public final class MountedRoutes {

  private final List<ProvidedRoute> mounted = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  synchronized void add(ProvidedRoute provided) {
    mounted.add(provided);
  }

  synchronized void refuse(ProvidedRoute provided, String reason) {
    refused.add("plugin " + provided.pluginId() + ": " + provided.route().method() + " " + provided.route().path()
        + " is refused: " + reason + " is there already");
  }

  synchronized Optional<String> overlapping(Route route) {
    return mounted.stream()
        .filter(other -> other.route().method() == route.method()
            && PathTemplates.overlap(other.route().path(), route.path()))
        .map(other -> other.route().method() + " " + other.route().path() + " of plugin " + other.pluginId())
        .findFirst();
  }

  /** The route of a method ({@code HEAD} is {@code GET}) and template. */
  public synchronized Optional<ProvidedRoute> find(String method, String template) {
    String answering = method.equals("HEAD") ? "GET" : method;
    return mounted.stream().filter(
        provided -> provided.route().method().name().equals(answering) && provided.route().path().equals(template))
        .findFirst();
  }

  /** One line for each route that was refused. */
  public synchronized List<String> refused() {
    return List.copyOf(refused);
  }
}
