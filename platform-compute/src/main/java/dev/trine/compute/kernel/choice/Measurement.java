/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.util.EnumMap;
import java.util.List;
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
    speeds = new EnumMap<>(speeds);
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
        "%s %.0f billion multiply-adds a second a thread from memory (a tile costs %d tokens)",
        KernelChoice.layoutOf(method), speed.decode() / BILLION, speed.tileCost())));
    return text.toString();
  }

  void store(Properties properties) {
    speeds.forEach((method, speed) -> {
      properties.setProperty(method + ".decode", Double.toString(speed.decode()));
      properties.setProperty(method + ".tileCost", Integer.toString(speed.tileCost()));
    });
  }

  /** Reads what {@link #store} wrote; empty when it is not all there or not plausible. */
  static Optional<Measurement> load(Properties properties, List<Decode> methods) {
    Map<Decode, Speed> speeds = new EnumMap<>(Decode.class);
    for (Decode method : methods) {
      try {
        double decode = Double.parseDouble(properties.getProperty(method + ".decode", ""));
        int tileCost = Integer.parseInt(properties.getProperty(method + ".tileCost", ""));
        if (!(decode > 0 && decode < PLAUSIBLE) || tileCost < 1 || tileCost > MOST_TILE_COST) {
          return Optional.empty();
        }
        speeds.put(method, new Speed(decode, tileCost));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
    return Optional.of(new Measurement(speeds));
  }
}
