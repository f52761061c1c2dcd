/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.contributed;

import dev.trine.api.http.RouteResponse;
import dev.trine.app.http.json.JsonBodies;
import io.micronaut.context.annotation.Executable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.UriRouteMatch;
import jakarta.inject.Singleton;

/** Hands requests to the handlers of contributed routes. */
@Singleton
class ContributedRouteDispatcher {

  private final MountedRoutes mounted;
  private final JsonBodies bodies;

  ContributedRouteDispatcher(MountedRoutes mounted, JsonBodies bodies) {
    this.mounted = mounted;
    this.bodies = bodies;
  }

  @Executable
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> dispatch(ServerHttpRequest<?> request) throws Exception {
    if (!(RouteAttributes.getRouteMatch(request).orElse(null) instanceof UriRouteMatch<?, ?> match)) {
      throw new IllegalStateException("not a routed request: " + request.getPath());
    }
    String template = match.getRouteInfo().getUriMatchTemplate().toString();
    var provided = mounted.find(match.getRouteInfo().getHttpMethod().name(), template)
        .orElseThrow(() -> new IllegalStateException("no route " + template));
    var exchange = new HostExchange(request, match.getVariableValues(), bodies);
    return toHttp(provided.route().handler().handle(exchange));
  }

  private static HttpResponse<?> toHttp(RouteResponse answer) {
    MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>status(answer.status(), null)
        .contentType(MediaType.of(answer.contentType())).body(answer.body());
    answer.headers().forEach(response::header);
    return response;
  }
}
