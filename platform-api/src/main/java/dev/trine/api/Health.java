/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * State of a plugin.
 *
 * @param status  whether it works
 * @param message one line for people
 * @param details facts worth showing, such as the kernel in use and why, in display order
 */
public record Health(Status status, String message, Map<String, String> details) {

  /** Whether a plugin works. */
  public enum Status {
    /** Works as it should. */
    UP,
    /** Works, but worse than it could, for instance on a slow fall-back. */
    DEGRADED,
    /** Does not work. */
    DOWN
  }

  public Health {
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }

  /** A plugin that works. */
  public static Health up(String message) {
    return new Health(Status.UP, message, Map.of());
  }
}
