/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dict: keys are compared as Python does, so that 1, 1.0 and true are one key. Insertion order is kept. */
final class DictValue implements Value {

  record Entry(Value key, Value value) {}

  private final Map<Object, Entry> entries = new LinkedHashMap<>();

  /** Adds while the dict is being made; a dict that templates can see is not changed any more. */
  void put(Budget budget, Value key, Value value) {
    Object hashKey = Comparison.hashKey(budget, key);
    Entry before = entries.get(hashKey);
    entries.put(hashKey, new Entry(before == null ? key : before.key(), value));
    if (before == null) {
      budget.grow(entries.size());
    }
  }

  @Nullable
  Value get(Budget budget, Value key) {
    return find(Comparison.hashKey(budget, key));
  }

  /** The value of a key that {@link Comparison#findHashKey} made. */
  @Nullable
  Value find(Object hashKey) {
    Entry entry = entries.get(hashKey);
    return entry == null ? null : entry.value();
  }

  int size() {
    return entries.size();
  }

  Collection<Entry> entries() {
    return entries.values();
  }
}
