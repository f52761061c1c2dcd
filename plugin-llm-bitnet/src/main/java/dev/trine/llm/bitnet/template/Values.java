/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** What Python says about any value: its type's name, truth, length and items. */
final class Values {

  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private Values() {}

  /** The name of the value's Python type. */
  static String typeName(Value value) {
    return switch (value) {
      case Value.None _ -> "NoneType";
      case Value.Bool _ -> "bool";
      case Value.Int _ -> "int";
      case Value.Real _ -> "float";
      case Text text -> text.markup() ? "Markup" : "str";
      case Value.ListValue _ -> "list";
      case Value.Tuple _ -> "tuple";
      case DictValue _ -> "dict";
      case Value.DictView view -> view.kind().typeName;
      case Value.Range _ -> "range";
      case Value.Generator generator -> generator.typeName();
      case Value.Function _ -> "function";
      case Value.Namespace _ -> "Namespace";
      case LoopContext _ -> "LoopContext";
      case Value.Undefined _ -> "Undefined";
    };
  }

  static boolean truth(Value value) {
    return switch (value) {
      case Value.None _,Value.Undefined _ -> false;
      case Value.Bool bool -> bool.value();
      case Value.Int integer -> integer.value().signum() != 0;
      case Value.Real real -> real.value() != 0;
      case Text text -> !text.string().isEmpty();
      case Value.ListValue list -> !list.items().isEmpty();
      case Value.Tuple tuple -> !tuple.items().isEmpty();
      case DictValue dict -> dict.size() > 0;
      case Value.DictView view -> view.dict().size() > 0;
      case Value.Range range -> range.length() > 0;
      case Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ -> true;
    };
  }

  /** Whether {@link #length} has an answer. */
  static boolean hasLength(Value value) {
    return switch (value) {
      case Text _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,LoopContext _,Value.Undefined _ ->
        true;
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.Generator _,Value.Function _,Value.Namespace _ ->
        false;
    };
  }

  static int length(Budget budget, Value value) {
    return switch (value) {
      case Text text -> {
        budget.work(text.string().length());
        yield text.length();
      }
      case Value.ListValue list -> list.items().size();
      case Value.Tuple tuple -> tuple.items().size();
      case DictValue dict -> dict.size();
      case Value.DictView view -> view.dict().size();
      case Value.Range range -> range.length();
      case LoopContext loop -> loop.length();
      case Value.Undefined _ -> 0;
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.Generator _,Value.Function _,Value.Namespace _ ->
        throw new TemplateFailure(
            "object of type '" + typeName(value) + "' has no len()");
    };
  }

  /** Whether {@link #iterate} has an answer. */
  static boolean isIterable(Value value) {
    return hasLength(value) || value instanceof Value.Generator;
  }

  /** The items one after another; each counts as a step. */
  static Iterator<Value> iterate(Budget budget, Value value) {
    Iterator<Value> items = switch (value) {
      case Text text -> characters(text);
      case Value.ListValue list -> list.items().iterator();
      case Value.Tuple tuple -> tuple.items().iterator();
      case DictValue dict -> viewItems(dict, Value.DictView.Kind.KEYS);
      case Value.DictView view -> viewItems(view.dict(), view.kind());
      case Value.Range range -> rangeItems(range);
      case Value.Generator generator -> generator.iterator();
      case LoopContext loop -> loop.remaining();
      case Value.Undefined _ -> Collections.emptyIterator();
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.Function _,Value.Namespace _ ->
        throw new TemplateFailure(
            "'" + typeName(value) + "' object is not iterable");
    };
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Value next() {
        budget.step();
        return items.next();
      }
    };
  }

  /** All items. */
  static List<Value> list(Budget budget, Value value) {
    if (value instanceof Value.ListValue list) {
      return list.items();
    }
    if (value instanceof Value.Tuple tuple) {
      return tuple.items();
    }
    var items = new ArrayList<Value>();
    Iterator<Value> iterator = iterate(budget, value);
    while (iterator.hasNext()) {
      items.add(iterator.next());
      budget.grow(items.size());
    }
    return items;
  }

  private static Iterator<Value> characters(Text text) {
    return new Iterator<>() {
      private int offset;

      @Override
      public boolean hasNext() {
        return offset < text.string().length();
      }

      @Override
      public Value next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        Text character = text.characterAt(offset);
        offset += character.string().length();
        return character.asMarkup(false);
      }
    };
  }

  private static Iterator<Value> viewItems(DictValue dict, Value.DictView.Kind kind) {
    Iterator<DictValue.Entry> entries = dict.entries().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public Value next() {
        DictValue.Entry entry = entries.next();
        return switch (kind) {
          case KEYS -> entry.key();
          case VALUES -> entry.value();
          case ITEMS -> Value.tuple(List.of(entry.key(), entry.value()));
        };
      }
    };
  }

  private static Iterator<Value> rangeItems(Value.Range range) {
    return new Iterator<>() {
      private int index;

      @Override
      public boolean hasNext() {
        return index < range.length();
      }

      @Override
      public Value next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return range.at(index++);
      }
    };
  }

  /** An integer, a bool counting as 0 or 1. */
  static BigInteger integer(Value value) {
    return switch (value) {
      case Value.Int integer -> integer.value();
      case Value.Bool bool -> bool.value() ? BigInteger.ONE : BigInteger.ZERO;
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.Real _,Text _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        throw new TemplateFailure(
            "'" + typeName(value) + "' object cannot be interpreted as an integer");
    };
  }

  /** An integer, the nearest {@code long} for one that is too large. */
  static long clampedIndex(Value value) {
    return integer(value).max(LONG_MIN).min(LONG_MAX).longValue();
  }

  /** A text, or a failure that names the function that wanted one. */
  static Text text(String function, Value value) {
    return switch (value) {
      case Text text -> text;
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        throw new TemplateFailure(
            function + ": expected str, got " + typeName(value));
    };
  }
}
