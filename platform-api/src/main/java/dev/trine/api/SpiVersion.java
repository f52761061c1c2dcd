/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/**
 * Version of the SPI. A plugin runs when its major version equals the host's and its minor version is not newer.
 *
 * @param major incompatible changes
 * @param minor additions
 */
public record SpiVersion(int major, int minor) {

  /** Major version of this source, a compile-time constant. */
  public static final int MAJOR = 1;

  /** Minor version of this source, a compile-time constant. */
  public static final int MINOR = 0;

  /** The version of the SPI that is running. */
  public static SpiVersion current() {
    return new SpiVersion(MAJOR, MINOR);
  }

  /** Whether a plugin compiled against {@code plugin} can run on this version. */
  public boolean accepts(SpiVersion plugin) {
    return plugin.major == major && plugin.minor <= minor;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
