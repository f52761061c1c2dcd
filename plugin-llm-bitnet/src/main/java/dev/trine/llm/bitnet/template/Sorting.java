/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Python's {@code sorted}: stable, by keys that know {@code <}. */
final class Sorting {

  private record Keyed<T>(Value key, T item) {}

  private Sorting() {}

  static <T> List<T> sorted(Budget budget, List<T> items, Function<T, Value> key, boolean reverse) {
    budget.items(items.size());
    var keyed = new ArrayList<Keyed<T>>(items.size());
    for (T item : items) {
      keyed.add(new Keyed<>(key.apply(item), item));
    }
    // Reversing before and after keeps equal items in their order.
    if (reverse) {
      Collections.reverse(keyed);
    }
    try {
      keyed.sort((a, b) -> Comparison.ordered(budget, a.key(), b.key(), Comparison.Order.LESS)
          ? -1
          : Comparison.ordered(budget, b.key(), a.key(), Comparison.Order.LESS) ? 1 : 0);
    } catch (IllegalArgumentException e) {
      throw new TemplateFailure("sort: the items have no consistent order");
    }
    if (reverse) {
      Collections.reverse(keyed);
    }
    var sorted = new ArrayList<T>(items.size());
    for (Keyed<T> entry : keyed) {
      sorted.add(entry.item());
    }
    return sorted;
  }
}
