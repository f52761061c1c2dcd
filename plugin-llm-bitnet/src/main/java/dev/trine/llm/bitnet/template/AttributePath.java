/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.ArrayList;
import java.util.List;

/** The argument {@code attribute} of filters: names and indices with dots between them. */
final class AttributePath {

  private final Budget budget;
  private final List<Value> parts;

  private AttributePath(Budget budget, List<Value> parts) {
    this.budget = budget;
    this.parts = parts;
  }

  /** The path that a value describes; {@code None} is the path to the value itself. */
  static AttributePath of(Budget budget, Value attribute) {
    if (attribute instanceof Value.None) {
      return new AttributePath(budget, List.of());
    }
    if (!(attribute instanceof Text text)) {
      return new AttributePath(budget, List.of(attribute));
    }
    var parts = new ArrayList<Value>();
    for (Value part : StringMethods.split(budget, text, Text.trusted("."), Long.MAX_VALUE, false)) {
      String name = Values.text("attribute", part).string();
      boolean index = !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
      parts.add(index ? Value.of(Integer.parseInt(name)) : part);
    }
    return new AttributePath(budget, parts);
  }

  /** Paths with commas between them. */
  static List<AttributePath> severalOf(Budget budget, Value attribute) {
    if (!(attribute instanceof Text text)) {
      return List.of(of(budget, attribute));
    }
    var paths = new ArrayList<AttributePath>();
    for (Value path : StringMethods.split(budget, text, Text.trusted(","), Long.MAX_VALUE, false)) {
      paths.add(of(budget, path));
    }
    return paths;
  }

  Value get(Value item) {
    return get(item, Value.NONE);
  }

  /** What the path leads to; where it leads nowhere, the fallback unless that is {@code None}. */
  Value get(Value item, Value fallback) {
    Value value = item;
    for (Value part : parts) {
      budget.step();
      value = Attributes.item(budget, value, part);
      if (value instanceof Value.Undefined && !(fallback instanceof Value.None)) {
        value = fallback;
      }
    }
    return value;
  }
}
