/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The arguments of one call, evaluated. */
record CallArguments(List<Value> positional, Map<String, Value> keywords) {

  static final CallArguments EMPTY = new CallArguments(List.of(), Map.of());

  static CallArguments of(Value... positional) {
    return new CallArguments(List.of(positional), Map.of());
  }

  /** The same without the first so many positional arguments. */
  CallArguments skip(int count) {
    return new CallArguments(positional.subList(Math.min(count, positional.size()), positional.size()), keywords);
  }

  /**
   * Matches the arguments with a function's parameters.
   *
   * @param required how many of the parameters have no default
   */
  Bound bind(String function, int required, String... parameters) {
    if (positional.size() > parameters.length) {
      throw new TemplateFailure(
          function + " takes at most " + parameters.length + " arguments, " + positional.size() + " were given");
    }
    var values = new @Nullable Value[parameters.length];
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    for (var keyword : keywords.entrySet()) {
      int index = Arrays.asList(parameters).indexOf(keyword.getKey());
      if (index < 0) {
        throw new TemplateFailure(function + " got an unexpected keyword argument '" + keyword.getKey() + "'");
      }
      if (values[index] != null) {
        throw new TemplateFailure(function + " got multiple values for argument '" + keyword.getKey() + "'");
      }
      values[index] = keyword.getValue();
    }
    for (int i = 0; i < required; i++) {
      if (values[i] == null) {
        throw new TemplateFailure(function + " misses its argument '" + parameters[i] + "'");
      }
    }
    return new Bound(values);
  }

  /** Arguments by the position of their parameter. */
  static final class Bound {

    private final @Nullable Value[] values;

    private Bound(@Nullable Value[] values) {
      this.values = values;
    }

    @Nullable
    Value find(int index) {
      return values[index];
    }

    /** The argument, {@code None} when it was not given. */
    Value get(int index) {
      return get(index, Value.NONE);
    }

    Value get(int index, Value fallback) {
      Value value = values[index];
      return value == null ? fallback : value;
    }

    boolean truth(int index, boolean fallback) {
      Value value = values[index];
      return value == null ? fallback : Values.truth(value);
    }

    /** An integer argument; one beyond the range of {@code long} is clamped. */
    long integer(int index, long fallback) {
      Value value = values[index];
      return value == null ? fallback : Values.clampedIndex(value);
    }
  }
}
