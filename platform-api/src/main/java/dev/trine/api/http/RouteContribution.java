/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

import dev.trine.api.Capability;
import java.util.List;

/** Adds routes to the server. They are listed in {@code /openapi.json} as long as they are mounted. */
public interface RouteContribution extends Capability {

  /** The routes; asked for once, after the plugin has started. */
  List<Route> routes();
}
