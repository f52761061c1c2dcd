/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Identity of a plugin.
 *
 * @param id      unique name, {@code [a-z][a-z0-9-]{0,31}}
 * @param version the plugin's own version, free form
 * @param spi     the SPI version that the plugin was compiled against
 * @param summary one line for people: what the plugin provides
 */
public record PluginDescriptor(String id, String version, SpiVersion spi, String summary) {

  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,31}");

  /** @throws IllegalArgumentException when {@code id} has another form */
  public PluginDescriptor {
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(spi, "spi");
    Objects.requireNonNull(summary, "summary");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("plugin id '" + id + "' does not match " + ID);
    }
  }

  /**
   * Describes a plugin compiled against the SPI version of this source. Pass {@link SpiVersion#MAJOR} and
   * {@link SpiVersion#MINOR}: they are compile-time constants, so the plugin's class file records the version it saw.
   *
   * @throws IllegalArgumentException when {@code id} is not {@code [a-z][a-z0-9-]{0,31}}
   */
  public static PluginDescriptor of(String id, String version, int spiMajor, int spiMinor, String summary) {
    return new PluginDescriptor(id, version, new SpiVersion(spiMajor, spiMinor), summary);
  }
}
