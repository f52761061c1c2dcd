/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a dot or brackets after a value give. A dot prefers methods, brackets prefer items; methods that would change a list or
 * dict are refused when they are called, and what is not there is undefined.
 */
final class Attributes {

  private static final Set<String> LIST_MUTATORS = Set.of("append", "clear", "pop", "reverse", "insert", "sort",
      "extend", "remove");
  private static final Set<String> DICT_MUTATORS = Set.of("clear", "pop", "popitem", "setdefault", "update");

  private Attributes() {}

  /** {@code value.name}. */
  static Value attribute(Budget budget, Value value, String name) {
    Value method = method(budget, value, name);
    if (method != null) {
      return method;
    }
    if (value instanceof DictValue dict) {
      Value item = dict.find(name);
      if (item != null) {
        return item;
      }
    }
    return missing(value, "'" + describe(value) + "' has no attribute '" + name + "'");
  }

  /** {@code value[key]}. */
  static Value item(Budget budget, Value value, Value key) {
    Value item = switch (value) {
      case Text text -> index(budget, text, key);
      case Value.ListValue list -> index(list.items(), key);
      case Value.Tuple tuple -> index(tuple.items(), key);
      case Value.Range range -> {
        int index = position(key, range.length());
        yield index < 0 ? null : range.at(index);
      }
      case DictValue dict -> {
        Object hashKey = Comparison.findHashKey(budget, key);
        yield hashKey == null ? null : dict.find(hashKey);
      }
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.DictView _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        null;
    };
    if (item != null) {
      return item;
    }
    if (key instanceof Text name) {
      Value method = method(budget, value, name.string());
      return method != null
          ? method
          : missing(value, "'" + describe(value) + "' has no attribute '" + shortened(name.string()) + "'");
    }
    return missing(value, describe(value) + " has no element " + shown(budget, key));
  }

  private static String shortened(String name) {
    return name.length() <= 100 ? name : name.substring(0, 100) + "…";
  }

  private static String shown(Budget budget, Value key) {
    return key instanceof Value.Int || key instanceof Value.Bool
        ? Representation.repr(budget, key).string()
        : "of type " + Values.typeName(key);
  }

  private static Value missing(Value value, String message) {
    if (value instanceof Value.Undefined undefined) {
      throw new TemplateFailure(undefined.message());
    }
    return new Value.Undefined(message);
  }

  private static String describe(Value value) {
    return value instanceof Value.None ? "None" : Values.typeName(value) + " object";
  }

  private static @Nullable Value index(Budget budget, Text text, Value key) {
    if (!(key instanceof Value.Int) && !(key instanceof Value.Bool)) {
      return null;
    }
    budget.work(text.string().length());
    int index = position(key, text.length());
    return index < 0 ? null : text.characterAt(text.offset(index));
  }

  private static @Nullable Value index(List<Value> items, Value key) {
    int index = position(key, items.size());
    return index < 0 ? null : items.get(index);
  }

  /** The index that a key means in a sequence of this length, or -1 when it is none. */
  private static int position(Value key, int length) {
    if (!(key instanceof Value.Int) && !(key instanceof Value.Bool)) {
      return -1;
    }
    long index = Values.clampedIndex(key);
    if (index < 0) {
      index += length;
    }
    return index >= 0 && index < length ? (int) index : -1;
  }

  /** The method or property of this name, or null when the type has none. */
  static @Nullable Value method(Budget budget, Value value, String name) {
    return switch (value) {
      case Text text -> StringMethods.exists(name)
          ? new Value.Function(name, arguments -> StringMethods.call(budget, text, name, arguments))
          : null;
      case Value.ListValue list -> listMethod(budget, list, name);
      case Value.Tuple tuple -> tupleMethod(budget, tuple, name);
      case DictValue dict -> dictMethod(budget, dict, name);
      case Value.Namespace namespace -> namespace.attributes().get(name);
      case LoopContext loop -> loop.attribute(name);
      case Value.Function function -> {
        Supplier<Value> attribute = function.attributes().get(name);
        yield attribute == null ? null : attribute.get();
      }
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.DictView _,Value.Range _,Value.Generator _,Value.Undefined _ ->
        null;
    };
  }

  private static Value unsafe(Value value, String name) {
    return new Value.Undefined(
        "access to attribute '" + name + "' of '" + Values.typeName(value) + "' object is unsafe.");
  }

  private static @Nullable Value listMethod(Budget budget, Value.ListValue list, String name) {
    if (LIST_MUTATORS.contains(name)) {
      return unsafe(list, name);
    }
    return name.equals("copy") ? new Value.Function(name, _ -> list) : sequenceMethod(budget, list.items(), name);
  }

  private static @Nullable Value tupleMethod(Budget budget, Value.Tuple tuple, String name) {
    int named = tuple.names().indexOf(name);
    return named >= 0 ? tuple.items().get(named) : sequenceMethod(budget, tuple.items(), name);
  }

  private static @Nullable Value sequenceMethod(Budget budget, List<Value> items, String name) {
    return switch (name) {
      case "index" -> new Value.Function(name, arguments -> {
        Value wanted = arguments.bind(name, 1, "value", "start", "stop").get(0);
        for (int i = 0; i < items.size(); i++) {
          if (Comparison.equal(budget, items.get(i), wanted)) {
            return Value.of(i);
          }
        }
        throw new TemplateFailure("the value to find is not in the list");
      });
      case "count" -> new Value.Function(name, arguments -> {
        Value wanted = arguments.bind(name, 1, "value").get(0);
        int count = 0;
        for (Value item : items) {
          count += Comparison.equal(budget, item, wanted) ? 1 : 0;
        }
        return Value.of(count);
      });
      default -> null;
    };
  }

  private static @Nullable Value dictMethod(Budget budget, DictValue dict, String name) {
    if (DICT_MUTATORS.contains(name)) {
      return unsafe(dict, name);
    }
    return switch (name) {
      case "get" -> new Value.Function(name, arguments -> {
        var bound = arguments.bind(name, 1, "key", "default");
        Value value = dict.get(budget, bound.get(0));
        return value == null ? bound.get(1) : value;
      });
      case "keys" -> view(dict, name, Value.DictView.Kind.KEYS);
      case "values" -> view(dict, name, Value.DictView.Kind.VALUES);
      case "items" -> view(dict, name, Value.DictView.Kind.ITEMS);
      case "copy" -> new Value.Function(name, _ -> dict);
      default -> null;
    };
  }

  private static Value view(DictValue dict, String name, Value.DictView.Kind kind) {
    return new Value.Function(name, arguments -> {
      arguments.bind(name, 0);
      return new Value.DictView(dict, kind);
    });
  }
}
