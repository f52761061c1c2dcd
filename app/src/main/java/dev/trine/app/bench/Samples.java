/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Results of repetitions of one measurement. */
final class Samples {

  private final List<Double> values = new ArrayList<>();

  void add(double value) {
    values.add(value);
    Collections.sort(values);
  }

  /** The middle one; of an even number the mean of the middle two. 0 when there are none. */
  double median() {
    int count = values.size();
    return count == 0 ? 0 : (values.get((count - 1) / 2) + values.get(count / 2)) / 2;
  }

  /** All of them, ascending. */
  List<Double> all() {
    return List.copyOf(values);
  }

  /** The smallest; 0 when there are none. */
  double min() {
    return values.isEmpty() ? 0 : values.getFirst();
  }

  /** The largest; 0 when there are none. */
  double max() {
    return values.isEmpty() ? 0 : values.getLast();
  }
}
