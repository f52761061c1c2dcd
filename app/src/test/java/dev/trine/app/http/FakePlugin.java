/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import dev.trine.api.Capabilities;
import dev.trine.api.Capability;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.PluginDescriptor;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import dev.trine.api.llm.TextGeneration;
import java.util.List;

/** A plugin with given capabilities. */
public record FakePlugin(String id, List<Capability> capabilities) implements Plugin {

  /** Generates text, as far as the routes are concerned. */
  public static FakePlugin textGeneration() {
    return new FakePlugin("fake-text", List.of(new TextGeneration() {}));
  }

  /** Adds routes. */
  public static FakePlugin routes(String id, Route... routes) {
    return new FakePlugin(id, List.of((RouteContribution) () -> List.of(routes)));
  }

  @Override
  public PluginDescriptor descriptor() {
    return PluginDescriptor.of(id, "1", 1, 0, "a fake");
  }

  @Override
  public Capabilities start(PluginContext context) {
    return new Capabilities(capabilities);
  }
}
