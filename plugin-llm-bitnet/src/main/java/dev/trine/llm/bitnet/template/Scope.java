/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Variables at run time: what a block sets is seen by the blocks within it and not around it. */
final class Scope {

  private final @Nullable Scope parent;
  private final Map<String, Value> variables;

  /** The outermost scope. */
  Scope(Map<String, Value> variables) {
    this.parent = null;
    this.variables = variables;
  }

  Scope(Scope parent, Frame frame) {
    this.parent = parent;
    this.variables = new HashMap<>();
    for (String name : frame.unsetNames()) {
      variables.put(name, Value.Undefined.variable(name));
    }
  }

  Value get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      Value value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return Value.Undefined.variable(name);
  }

  void set(String name, Value value) {
    variables.put(name, value);
  }
}
