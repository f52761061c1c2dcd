/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.PlatformException;
import dev.trine.api.PluginConfiguration;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.store.NearNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One plugin's settings. Remembers which keys were asked for: what is set and was never asked for is a mistake. */
final class PluginSettings implements PluginConfiguration {

  static final String PREFIX = "trine.plugins.";

  private final String prefix;
  private final Map<String, String> values = new TreeMap<>();
  private final Set<String> read = new ConcurrentSkipListSet<>();

  PluginSettings(String pluginId, Map<String, String> allSettings) {
    this.prefix = PREFIX + pluginId + ".";
    allSettings.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        values.put(key.substring(prefix.length()), value);
      }
    });
  }

  @Override
  public Optional<String> string(String key) {
    read.add(key);
    return Optional.ofNullable(values.get(key));
  }

  @Override
  public long integer(String key, long defaultValue, long min, long max) {
    Optional<String> text = string(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    OptionalLong value = parse(text.get());
    if (value.isEmpty() || value.getAsLong() < min || value.getAsLong() > max) {
      throw invalid(key, text.get(), "a whole number from " + min + " to " + max);
    }
    return value.getAsLong();
  }

  private static OptionalLong parse(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public boolean flag(String key, boolean defaultValue) {
    Optional<String> text = string(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    return switch (text.get().strip()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(key, text.get(), "true or false");
    };
  }

  @Override
  public <E extends Enum<E>> E choice(String key, E defaultValue) {
    Optional<String> text = string(key);
    if (text.isEmpty()) {
      return defaultValue;
    }
    E[] constants = defaultValue.getDeclaringClass().getEnumConstants();
    for (E constant : constants) {
      if (spelling(constant).equals(text.get().strip().toLowerCase(Locale.ROOT))) {
        return constant;
      }
    }
    throw invalid(key, text.get(),
        "one of " + Stream.of(constants).map(PluginSettings::spelling).collect(Collectors.joining(", ")));
  }

  private static String spelling(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private PlatformException invalid(String key, String value, String expected) {
    String name = prefix + key;
    return PlatformException.ofParameter(StandardErrorCode.INVALID_CONFIGURATION, name,
        "setting " + name + " is '" + value + "'; expected " + expected);
  }

  /** One line for each setting that is set and was never read, with the nearest one that was. */
  List<String> unknown() {
    var lines = new ArrayList<String>();
    for (String key : values.keySet()) {
      if (!read.contains(key)) {
        lines.add("unknown setting " + prefix + key
            + NearNames.of(key, read).stream().findFirst().map(near -> "; did you mean " + prefix + near + "?")
                .orElse(""));
      }
    }
    return lines;
  }
}
