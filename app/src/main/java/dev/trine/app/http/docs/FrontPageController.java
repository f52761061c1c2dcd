/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.docs;

import dev.trine.app.http.ProductVersion;
import dev.trine.app.http.error.ErrorResponses;
import io.micronaut.context.BeanProvider;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.serde.annotation.Serdeable;
import io.micronaut.web.router.Router;
import java.util.List;

/** Says what this server is and what it answers. */
@Controller
final class FrontPageController {

  /** The answer. */
  @Serdeable
  record FrontPage(String service, String version, List<String> endpoints) {}

  private final BeanProvider<Router> router;

  FrontPageController(BeanProvider<Router> router) {
    this.router = router;
  }

  @Get(uri = "/", produces = MediaType.ALL)
  HttpResponse<?> page() {
    List<String> endpoints = router.get().uriRoutes().filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .map(route -> route.getHttpMethodName() + " " + route.getUriMatchTemplate().toString().replace("{+", "{"))
        .filter(endpoint -> !endpoint.contains("/docs/assets/")).distinct().sorted().toList();
    return HttpResponse.ok(new FrontPage("trine", ProductVersion.version(), endpoints))
        .contentType(ErrorResponses.JSON);
  }
}
