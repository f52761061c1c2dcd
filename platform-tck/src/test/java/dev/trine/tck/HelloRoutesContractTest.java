/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class HelloRoutesContractTest extends RouteContributionContractTest {

  @TempDir
  private Path folder = Path.of("");

  @Override
  protected RouteContribution contribution() {
    return HelloExample.start(folder).ofType(RouteContribution.class).getFirst();
  }

  @Override
  protected List<TestRouteExchange> examples(List<Route> routes) {
    return List.of(TestRouteExchange.of(routes, HttpMethod.GET, "/v1/hello/Ada"),
        TestRouteExchange.of(routes, HttpMethod.GET, "/v1/hello/Ben"));
  }
}
