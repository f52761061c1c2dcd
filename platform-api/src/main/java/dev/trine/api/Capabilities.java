/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.util.List;

/**
 * What a started plugin can do. A plugin may provide several capabilities of one type.
 *
 * @param all the capabilities, in the plugin's own order of preference
 */
public record Capabilities(List<Capability> all) {

  public Capabilities {
    all = List.copyOf(all);
  }

  /** Bundles capabilities, in order of preference. */
  public static Capabilities of(Capability... capabilities) {
    return new Capabilities(List.of(capabilities));
  }

  /** The capabilities that implement {@code type}, in order of preference; empty when there are none. */
  public <T extends Capability> List<T> ofType(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
