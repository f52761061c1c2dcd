/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A value of the template language. The set is closed: what a template can touch is one of these, never a Java object of
 * the caller. All but {@link Namespace}, {@link Generator} and {@link LoopContext} are immutable.
 */
sealed interface Value
    permits Value.None, Value.Bool, Value.Int, Value.Real, Text, Value.ListValue, Value.Tuple, DictValue,
    Value.DictView, Value.Range, Value.Generator, Value.Function, Value.Namespace, LoopContext, Value.Undefined {

  None NONE = new None();
  Bool TRUE = new Bool(true);
  Bool FALSE = new Bool(false);

  static Bool of(boolean value) {
    return value ? TRUE : FALSE;
  }

  static Int of(long value) {
    return new Int(BigInteger.valueOf(value));
  }

  static Tuple tuple(List<Value> items) {
    return new Tuple(items, List.of());
  }

  /** Python's {@code None}. */
  record None() implements Value {}

  record Bool(boolean value) implements Value {}

  /** An integer of any size that {@link Arithmetic} lets grow. */
  record Int(BigInteger value) implements Value {}

  record Real(double value) implements Value {}

  record ListValue(List<Value> items) implements Value {}

  /**
   * A tuple.
   *
   * @param names attribute names of the items; empty for a plain tuple
   */
  record Tuple(List<Value> items, List<String> names) implements Value {}

  /** What {@code dict.keys()}, {@code values()} and {@code items()} give. */
  record DictView(DictValue dict, Kind kind) implements Value {
    enum Kind {
      KEYS("dict_keys"), VALUES("dict_values"), ITEMS("dict_items");

      final String typeName;

      Kind(String typeName) {
        this.typeName = typeName;
      }
    }
  }

  /**
   * What {@code range(…)} gives.
   *
   * @param length number of items, at most {@link Globals#MAX_RANGE}
   */
  record Range(BigInteger start, BigInteger stop, BigInteger step, int length) implements Value {
    Value at(long index) {
      return new Int(start.add(step.multiply(BigInteger.valueOf(index))));
    }
  }

  /** A lazy sequence that can be walked once. */
  record Generator(String typeName, Iterator<Value> iterator) implements Value {}

  /**
   * Something that can be called.
   *
   * @param attributes what a dot after it gives
   */
  record Function(String name, Body body, Map<String, Supplier<Value>> attributes) implements Value {
    interface Body {
      Value call(CallArguments arguments);
    }

    Function(String name, Body body) {
      this(name, body, Map.of());
    }
  }

  /** The one thing that a template may change: {@code namespace()}. */
  record Namespace(Map<String, Value> attributes) implements Value {}

  /**
   * The result of looking for something that is not there.
   *
   * @param message what to say when it is used
   */
  record Undefined(String message) implements Value {
    static Undefined variable(String name) {
      return new Undefined("'" + name + "' is undefined");
    }
  }
}
