/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import java.util.ArrayList;
import java.util.List;

class SmallRoutesContractTest extends RouteContributionContractTest {

  @Override
  protected RouteContribution contribution() {
    return new SmallRoutes();
  }

  @Override
  protected List<TestRouteExchange> examples(List<Route> routes) {
    var examples = new ArrayList<TestRouteExchange>();
    examples.add(TestRouteExchange.of(routes, HttpMethod.GET, "/v1/small/Ada"));
    examples.add(TestRouteExchange.of(routes, HttpMethod.GET, "/v1/small/Ada/text"));
    examples.add(TestRouteExchange.of(routes, HttpMethod.GET, "/v1/small/Ben/text"));
    if (!Defect.EXAMPLE_MISSING.present()) {
      examples.add(TestRouteExchange.of(routes, HttpMethod.POST, "/v1/small").withBody("{}"));
    }
    return examples;
  }
}
