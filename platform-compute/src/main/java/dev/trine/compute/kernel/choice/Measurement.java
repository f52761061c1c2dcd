/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;

/**
 * How fast this machine multiplies ternary matrices, by method of decoding.
 *
 * @param speeds figures of each method that was measured
 */
record Measurement(Map<Decode, Speed> speeds) {

  /** No figures. */
  static final Measurement NONE = new Measurement(Map.of());

  private static final double BILLION = 1e9;
  private static final double PLAUSIBLE = 1e14;
  private static final int MOST_TILE_COST = 1000;

  /**
   * Figures of one method.
   *
   * @param decode multiply-adds a second of one token and one thread with weights from memory
   * @param tileCost what a tile of tokens costs, in single tokens, at least 1
   */
  record Speed(double decode, int tileCost) {}

  Measurement {
    var copy = new EnumMap<Decode, Speed>(Decode.class);
    copy.putAll(speeds);
    speeds = copy;
  }

  /** Whether there are figures of a method. */
  boolean has(Decode method) {
    return speeds.containsKey(method);
  }

  /** These figures and others, which count where there are both. */
  Measurement with(Measurement newer) {
    var all = new EnumMap<>(speeds);
    all.putAll(newer.speeds);
    return new Measurement(all);
  }

  /** The figures of some methods, all of which were measured. */
  Measurement of(Collection<Decode> methods) {
    var some = new EnumMap<Decode, Speed>(Decode.class);
    methods.forEach(method -> some.put(method, speed(method)));
    return new Measurement(some);
  }

  /** The method that is fastest for single tokens; of equals the first. */
  Decode best() {
    return speeds.entrySet().stream().reduce((a, b) -> b.getValue().decode() > a.getValue().decode() ? b : a)
        .orElseThrow().getKey();
  }

  /** The figures of a method that was measured. */
  Speed speed(Decode method) {
    return Objects.requireNonNull(speeds.get(method), method::name);
  }

  /** The figures for people. */
  String describe() {
    StringBuilder text = new StringBuilder();
    speeds.forEach((method, speed) -> text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT,
        "%s %.0f billion multiply-adds a second a thread from memory (%d tokens together cost as much as %d singly)",
        KernelChoice.layoutOf(method), speed.decode() / BILLION, VectorKernels.TILE_TOKENS, speed.tileCost())));
    return text.toString();
  }

  void store(Properties properties) {
    speeds.forEach((method, speed) -> {
      properties.setProperty(method + ".decode", Double.toString(speed.decode()));
      properties.setProperty(method + ".tileCost", Integer.toString(speed.tileCost()));
    });
  }

  /** Reads what {@link #store} wrote, of methods whose figures are whole and plausible. */
  static Measurement load(Properties properties) {
    Map<Decode, Speed> speeds = new EnumMap<>(Decode.class);
    for (Decode method : Decode.values()) {
      load(properties, method).ifPresent(speed -> speeds.put(method, speed));
    }
    return new Measurement(speeds);
  }

  private static Optional<Speed> load(Properties properties, Decode method) {
    try {
      double decode = Double.parseDouble(properties.getProperty(method + ".decode", ""));
      int tileCost = Integer.parseInt(properties.getProperty(method + ".tileCost", ""));
      return decode > 0 && decode < PLAUSIBLE && tileCost >= 1 && tileCost <= MOST_TILE_COST
          ? Optional.of(new Speed(decode, tileCost))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty(); // not measured, or damaged
    }
  }
}
