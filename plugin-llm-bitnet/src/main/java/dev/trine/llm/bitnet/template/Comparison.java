/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Equality, order and membership as Python has them. Trust plays no part. */
final class Comparison {

  private Comparison() {}

  static boolean equal(Budget budget, Value left, Value right) {
    budget.step();
    if (left == right) {
      return true;
    }
    budget.enterCall();
    try {
      return switch (left) {
        case Value.None _ -> right instanceof Value.None;
        case Value.Bool _,Value.Int _,Value.Real _ -> isNumber(right) && compareNumbers(left, right, Order.EQUAL);
        case Text text -> right instanceof Text other && equalStrings(budget, text.string(), other.string());
        case Value.ListValue list -> right instanceof Value.ListValue other
            && equalItems(budget, list.items(), other.items());
        case Value.Tuple tuple -> right instanceof Value.Tuple other
            && equalItems(budget, tuple.items(), other.items());
        case DictValue dict -> right instanceof DictValue other && equalDicts(budget, dict, other);
        case Value.Range range -> right instanceof Value.Range other && equalRanges(range, other);
        case Value.DictView view -> right instanceof Value.DictView other && view.kind() != Value.DictView.Kind.VALUES
            && view.kind() == other.kind() && equalViews(budget, view, other);
        case Value.Undefined _ -> right instanceof Value.Undefined;
        case Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ -> false;
      };
    } finally {
      budget.leaveCall();
    }
  }

  private static boolean equalStrings(Budget budget, String left, String right) {
    if (left.length() != right.length()) {
      return false;
    }
    budget.work(left.length());
    return left.equals(right);
  }

  private static boolean equalItems(Budget budget, List<Value> left, List<Value> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!equal(budget, left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalDicts(Budget budget, DictValue left, DictValue right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (DictValue.Entry entry : left.entries()) {
      Value other = right.get(budget, entry.key());
      if (other == null || !equal(budget, entry.value(), other)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalViews(Budget budget, Value.DictView left, Value.DictView right) {
    if (left.kind() == Value.DictView.Kind.ITEMS) {
      return equalDicts(budget, left.dict(), right.dict());
    }
    if (left.dict().size() != right.dict().size()) {
      return false;
    }
    for (DictValue.Entry entry : left.dict().entries()) {
      if (right.dict().get(budget, entry.key()) == null) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalRanges(Value.Range left, Value.Range right) {
    return left.length() == right.length() && (left.length() == 0
        || (left.start().equals(right.start()) && (left.length() == 1 || left.step().equals(right.step()))));
  }

  static boolean isNumber(Value value) {
    return value instanceof Value.Int || value instanceof Value.Real || value instanceof Value.Bool;
  }

  /** What an order operator asks. */
  enum Order {
    LESS("<"), LESS_EQUAL("<="), GREATER(">"), GREATER_EQUAL(">="), EQUAL("==");

    final String operator;

    Order(String operator) {
      this.operator = operator;
    }

    boolean holds(int comparison) {
      return switch (this) {
        case LESS -> comparison < 0;
        case LESS_EQUAL -> comparison <= 0;
        case GREATER -> comparison > 0;
        case GREATER_EQUAL -> comparison >= 0;
        case EQUAL -> comparison == 0;
      };
    }
  }

  static boolean ordered(Budget budget, Value left, Value right, Order order) {
    budget.step();
    if (isNumber(left) && isNumber(right)) {
      return compareNumbers(left, right, order);
    }
    if (left instanceof Text leftText && right instanceof Text rightText) {
      budget.work(Math.min(leftText.string().length(), rightText.string().length()));
      return order.holds(compareCodePoints(leftText.string(), rightText.string()));
    }
    if (left instanceof Value.ListValue leftList && right instanceof Value.ListValue rightList) {
      return orderedItems(budget, leftList.items(), rightList.items(), order);
    }
    if (left instanceof Value.Tuple leftTuple && right instanceof Value.Tuple rightTuple) {
      return orderedItems(budget, leftTuple.items(), rightTuple.items(), order);
    }
    if (left instanceof Value.Undefined undefined) {
      throw new TemplateFailure(undefined.message());
    }
    if (right instanceof Value.Undefined undefined) {
      throw new TemplateFailure(undefined.message());
    }
    throw new TemplateFailure("'" + order.operator + "' not supported between instances of '" + Values.typeName(left)
        + "' and '" + Values.typeName(right) + "'");
  }

  private static boolean orderedItems(Budget budget, List<Value> left, List<Value> right, Order order) {
    budget.enterCall();
    try {
      int common = Math.min(left.size(), right.size());
      for (int i = 0; i < common; i++) {
        if (!equal(budget, left.get(i), right.get(i))) {
          return ordered(budget, left.get(i), right.get(i), order);
        }
      }
      return order.holds(Integer.compare(left.size(), right.size()));
    } finally {
      budget.leaveCall();
    }
  }

  /** Order by code points; UTF-16 order differs above the surrogates. */
  private static int compareCodePoints(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean aHigh = Character.isSurrogate(a);
        boolean bHigh = Character.isSurrogate(b);
        return aHigh == bHigh ? Character.compare(a, b) : aHigh ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  private static boolean compareNumbers(Value left, Value right, Order order) {
    if (!(left instanceof Value.Real) && !(right instanceof Value.Real)) {
      return order.holds(Values.integer(left).compareTo(Values.integer(right)));
    }
    double a = left instanceof Value.Real real ? real.value() : 0;
    double b = right instanceof Value.Real real ? real.value() : 0;
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return false;
    }
    if (Double.isInfinite(a) || Double.isInfinite(b)) {
      return order.holds(Double.compare(a, b));
    }
    return order.holds(exact(left).compareTo(exact(right)));
  }

  private static BigDecimal exact(Value number) {
    return number instanceof Value.Real real ? new BigDecimal(real.value()) : new BigDecimal(Values.integer(number));
  }

  /** {@code item in container}. */
  static boolean contains(Budget budget, Value container, Value item) {
    return switch (container) {
      case Text text -> {
        if (!(item instanceof Text part)) {
          throw new TemplateFailure(
              "'in <string>' requires string as left operand, not " + Values.typeName(item));
        }
        yield TextSearch.find(budget, text.string(), part.string(), 0) >= 0;
      }
      case DictValue dict -> dict.get(budget, item) != null;
      case Value.DictView view when view.kind() == Value.DictView.Kind.KEYS -> view.dict().get(budget, item) != null;
      case Value.Range range when item instanceof Value.Int || item instanceof Value.Bool -> {
        BigInteger[] quotient = Values.integer(item).subtract(range.start()).divideAndRemainder(range.step());
        yield quotient[1].signum() == 0 && quotient[0].signum() >= 0
            && quotient[0].compareTo(BigInteger.valueOf(range.length())) < 0;
      }
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.Function _,Value.Namespace _ ->
        throw new TemplateFailure(
            "argument of type '" + Values.typeName(container) + "' is not iterable");
      case Value.ListValue _,Value.Tuple _,Value.DictView _,Value.Range _,Value.Generator _,LoopContext _,Value.Undefined _ -> {
        Iterator<Value> items = Values.iterate(budget, container);
        while (items.hasNext()) {
          if (equal(budget, items.next(), item)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }

  /** A Java object that equals that of another value exactly if Python takes both for one dict key. */
  static Object hashKey(Budget budget, Value value) {
    Object key = findHashKey(budget, value);
    if (key == null) {
      throw new TemplateFailure("unhashable type: '" + Values.typeName(value) + "'");
    }
    return key;
  }

  /** The same, or null for a value that cannot be a key. */
  static @Nullable Object findHashKey(Budget budget, Value value) {
    budget.step();
    return switch (value) {
      case Text text -> {
        budget.work(text.string().length());
        yield text.string();
      }
      case Value.Int integer -> integer.value();
      case Value.Bool bool -> bool.value() ? BigInteger.ONE : BigInteger.ZERO;
      case Value.Real real -> realKey(real.value());
      case Value.Tuple tuple -> tupleKey(budget, tuple);
      case Value.Undefined _ -> Value.Undefined.class;
      case Value.None _,Value.Function _ -> value;
      case Value.Generator _,Value.Namespace _,LoopContext _ -> new IdentityKey(value);
      case Value.Range range -> List.of("range", range.length(), range.start(), range.step());
      case Value.ListValue _,DictValue _,Value.DictView _ -> null;
    };
  }

  private static Object realKey(double value) {
    if (value == Math.rint(value) && !Double.isInfinite(value)) {
      return new BigDecimal(value).toBigInteger();
    }
    return value;
  }

  private static @Nullable Object tupleKey(Budget budget, Value.Tuple tuple) {
    budget.enterCall();
    try {
      var keys = new ArrayList<Object>(tuple.items().size());
      for (Value item : tuple.items()) {
        Object key = findHashKey(budget, item);
        if (key == null) {
          return null;
        }
        keys.add(key);
      }
      return keys;
    } finally {
      budget.leaveCall();
    }
  }

  private static final class IdentityKey {
    private final Value value;

    IdentityKey(Value value) {
      this.value = value;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof IdentityKey key && key.value == value;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(value);
    }
  }
}
