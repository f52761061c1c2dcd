/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Health;
import java.util.List;

/**
 * State of one plugin, for people.
 *
 * @param name     the plugin's id, or the jar's file name when the plugin could not be asked
 * @param version  the plugin's version; empty when it could not be asked
 * @param source   the jar or folder that it came from
 * @param state    whether it runs
 * @param reason   why it does not run; empty when it does
 * @param health   what the plugin says of itself; {@code DOWN} when it does not run
 * @param warnings settings that it does not know
 */
public record PluginReport(String name, String version, String source, State state, String reason, Health health,
    List<String> warnings) {

  /** Whether a plugin runs. */
  public enum State {
    /** Started. */
    RUNNING,
    /** Left out because the user said so. */
    DISABLED,
    /** Broken; {@link PluginReport#reason} says how. */
    FAILED
  }

  public PluginReport {
    warnings = List.copyOf(warnings);
  }
}
