/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {

  /** A function of the value before the bar. */
  interface Filter {
    Value apply(Budget budget, Value input, CallArguments arguments);
  }

  private static final Map<String, Filter> FILTERS = all();

  private Filters() {}

  private static Map<String, Filter> all() {
    var filters = new HashMap<String, Filter>();
    filters.putAll(TextFilters.FILTERS);
    filters.putAll(NumberFilters.FILTERS);
    filters.putAll(SequenceFilters.FILTERS);
    filters.put("tojson", JsonWriter::filter);
    filters.put("default", Filters::orDefault);
    filters.put("d", Filters::orDefault);
    filters.put("attr", (budget, input, arguments) -> {
      String name = Values.text("attr", arguments.bind("attr", 1, "name").get(0)).string();
      if (input instanceof Value.Undefined undefined) {
        throw new TemplateFailure(undefined.message());
      }
      Value attribute = Attributes.method(budget, input, name);
      return attribute != null
          ? attribute
          : new Value.Undefined("'" + Values.typeName(input) + " object' has no attribute '" + name + "'");
    });
    return Map.copyOf(filters);
  }

  static boolean exists(String name) {
    return FILTERS.containsKey(name);
  }

  static Value apply(Budget budget, String name, Value input, CallArguments arguments) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new TemplateFailure("No filter named '" + name + "'.");
    }
    return filter.apply(budget, input, arguments);
  }

  private static Value orDefault(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("default", 0, "default_value", "boolean");
    boolean replaced = input instanceof Value.Undefined || (bound.truth(1, false) && !Values.truth(input));
    return replaced ? bound.get(0, Text.EMPTY) : input;
  }
}
