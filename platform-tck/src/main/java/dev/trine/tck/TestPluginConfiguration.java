/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.PlatformException;
import dev.trine.api.PluginConfiguration;
import dev.trine.api.StandardErrorCode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** Settings from a map, with the checks that a host makes. Remembers which settings were read. */
public final class TestPluginConfiguration implements PluginConfiguration {

  private final Map<String, String> settings;
  private final Set<String> keysRead = new ConcurrentSkipListSet<>();
  private final Set<String> typedKeysRead = new ConcurrentSkipListSet<>();

  /** @param settings values by key, as a user would write them */
  public TestPluginConfiguration(Map<String, String> settings) {
    this.settings = Map.copyOf(settings);
  }

  /** Every key that was asked for so far, sorted. */
  public Set<String> keysRead() {
    return Set.copyOf(keysRead);
  }

  /** The keys that were asked for as something narrower than a text. */
  public Set<String> typedKeysRead() {
    return Set.copyOf(typedKeysRead);
  }

  @Override
  public Optional<String> string(String key) {
    keysRead.add(key);
    return Optional.ofNullable(settings.get(key));
  }

  @Override
  public long integer(String key, long defaultValue, long min, long max) {
    var text = typed(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    long value;
    try {
      value = Long.parseLong(text.get());
    } catch (NumberFormatException e) {
      throw invalid(key, text.get(), "a whole number");
    }
    if (value < min || value > max) {
      throw invalid(key, text.get(), "a whole number from " + min + " to " + max);
    }
    return value;
  }

  @Override
  public boolean flag(String key, boolean defaultValue) {
    var text = typed(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    return switch (text.get()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(key, text.get(), "true or false");
    };
  }

  @Override
  public <E extends Enum<E>> E choice(String key, E defaultValue) {
    var text = typed(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    var constants = defaultValue.getDeclaringClass().getEnumConstants();
    var name = text.get().toUpperCase(Locale.ROOT).replace('-', '_');
    for (E constant : constants) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    throw invalid(key, text.get(), "one of " + Arrays.toString(constants));
  }

  private Optional<String> typed(String key) {
    typedKeysRead.add(key);
    return string(key);
  }

  private static PlatformException invalid(String key, String value, String expected) {
    return PlatformException.ofParameter(StandardErrorCode.INVALID_CONFIGURATION, key,
        "setting '" + key + "' is '" + value + "', expected " + expected);
  }
}
