/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.util.Optional;

/**
 * Typed view of one plugin's settings. Every method throws a {@link PlatformException} with
 * {@link StandardErrorCode#INVALID_CONFIGURATION} that names key, value and what was expected when a value has another form.
 * A setting that the plugin never reads is reported to the user as unknown.
 */
public interface PluginConfiguration {

  /** The raw text of a setting; empty when it is not set. */
  Optional<String> string(String key);

  /**
   * A whole number.
   *
   * @param key          name of the setting
   * @param defaultValue what counts when it is not set
   * @param min          smallest allowed value
   * @param max          largest allowed value
   */
  long integer(String key, long defaultValue, long min, long max);

  /** A truth value, {@code true} or {@code false}. */
  boolean flag(String key, boolean defaultValue);

  /** One of an enum's constants, case-insensitive, with {@code -} for {@code _}. */
  <E extends Enum<E>> E choice(String key, E defaultValue);
}
