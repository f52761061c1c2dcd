/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.ArrayList;
import java.util.List;

/** Results of repetitions of one measurement. */
final class Samples {

  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
  }

  /** The middle one; of an even number the mean of the middle two. 0 when there are none. */
  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int count = sorted.size();
    return count == 0 ? 0 : (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
  }

  /** How many there are. */
  int count() {
    return values.size();
  }

  /** All of them, in the order in which they were measured, so that those of two measurements that took turns can be paired. */
  List<Double> all() {
    return List.copyOf(values);
  }

  /** The smallest; 0 when there are none. */
  double min() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
  }

  /** The largest; 0 when there are none. */
  double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
