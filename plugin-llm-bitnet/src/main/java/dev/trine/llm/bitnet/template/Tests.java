/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.HashMap;
import java.util.Map;

/** The tests after {@code is}. */
final class Tests {

  private interface Test {
    boolean holds(Budget budget, Value value, CallArguments arguments);
  }

  private interface Plain {
    boolean holds(Budget budget, Value value);
  }

  private interface Relation {
    boolean holds(Budget budget, Value value, Value other);
  }

  private static final Map<String, Test> TESTS = all();

  private Tests() {}

  static boolean exists(String name) {
    return TESTS.containsKey(name);
  }

  static boolean apply(Budget budget, String name, Value value, CallArguments arguments) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new TemplateFailure("No test named '" + name + "'.");
    }
    return test.holds(budget, value, arguments);
  }

  private static Map<String, Test> all() {
    var tests = new HashMap<String, Test>();
    plain(tests, "defined", (_, value) -> !(value instanceof Value.Undefined));
    plain(tests, "undefined", (_, value) -> value instanceof Value.Undefined);
    plain(tests, "none", (_, value) -> value instanceof Value.None);
    plain(tests, "boolean", (_, value) -> value instanceof Value.Bool);
    plain(tests, "true", (_, value) -> value instanceof Value.Bool bool && bool.value());
    plain(tests, "false", (_, value) -> value instanceof Value.Bool bool && !bool.value());
    plain(tests, "integer", (_, value) -> value instanceof Value.Int);
    plain(tests, "float", (_, value) -> value instanceof Value.Real);
    plain(tests, "number", (_, value) -> Comparison.isNumber(value));
    plain(tests, "string", (_, value) -> value instanceof Text);
    plain(tests, "mapping", (_, value) -> value instanceof DictValue);
    plain(tests, "iterable", (_, value) -> Values.isIterable(value));
    plain(tests, "sequence", (_, value) -> Values.hasLength(value) && !(value instanceof Value.DictView)
        && !(value instanceof LoopContext));
    plain(tests, "callable", (_, value) -> value instanceof Value.Function || value instanceof LoopContext
        || value instanceof Value.Undefined);
    plain(tests, "escaped", (_, value) -> value instanceof Text text && text.markup());
    plain(tests, "lower", (budget, value) -> StringMethods.isLower(Representation.string(budget, value)));
    plain(tests, "upper", (budget, value) -> StringMethods.isUpper(Representation.string(budget, value)));
    plain(tests, "odd", (budget, value) -> remainderIs(budget, value, Value.of(2), 1));
    plain(tests, "even", (budget, value) -> remainderIs(budget, value, Value.of(2), 0));
    plain(tests, "filter", (_, value) -> value instanceof Text text && Filters.exists(text.string()));
    plain(tests, "test", (_, value) -> value instanceof Text text && exists(text.string()));
    relation(tests, "divisibleby", (budget, value, other) -> remainderIs(budget, value, other, 0));
    relation(tests, "sameas", (budget, value, other) -> isSame(budget, value, other));
    relation(tests, "in", (budget, value, other) -> Comparison.contains(budget, other, value));
    relation(tests, "startswith", (_, value, other) -> Values.text("startswith", value).string()
        .startsWith(Values.text("startswith", other).string()));
    for (String name : new String[]{"eq", "equalto", "=="}) {
      relation(tests, name, Comparison::equal);
    }
    for (String name : new String[]{"ne", "!="}) {
      relation(tests, name, (budget, value, other) -> !Comparison.equal(budget, value, other));
    }
    order(tests, Comparison.Order.LESS, "lt", "lessthan", "<");
    order(tests, Comparison.Order.LESS_EQUAL, "le", "<=");
    order(tests, Comparison.Order.GREATER, "gt", "greaterthan", ">");
    order(tests, Comparison.Order.GREATER_EQUAL, "ge", ">=");
    return Map.copyOf(tests);
  }

  private static void plain(Map<String, Test> tests, String name, Plain test) {
    tests.put(name, (budget, value, arguments) -> {
      arguments.bind(name, 0);
      return test.holds(budget, value);
    });
  }

  private static void relation(Map<String, Test> tests, String name, Relation relation) {
    tests.put(name,
        (budget, value, arguments) -> relation.holds(budget, value, arguments.bind(name, 1, "other").get(0)));
  }

  private static void order(Map<String, Test> tests, Comparison.Order order, String... names) {
    for (String name : names) {
      relation(tests, name, (budget, value, other) -> Comparison.ordered(budget, value, other, order));
    }
  }

  private static boolean remainderIs(Budget budget, Value value, Value divisor, int expected) {
    return Comparison.equal(budget, Arithmetic.apply(budget, "%", value, divisor), Value.of(expected));
  }

  /** Python's {@code is}; numbers, texts and constants that are equal and of one type count as one object. */
  private static boolean isSame(Budget budget, Value value, Value other) {
    return value == other || (value.getClass() == other.getClass() && switch (value) {
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Text _ -> Comparison.equal(budget, value, other);
      case Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _,Value.Undefined _ ->
        false;
    });
  }
}
