/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Filters over sequences and dicts. Those that Python makes lazy are lazy here: they run when their items are asked for. */
final class SequenceFilters {

  static final Map<String, Filters.Filter> FILTERS = Map.ofEntries(
      Map.entry("length", (budget, input, _) -> Value.of(Values.length(budget, input))),
      Map.entry("count", (budget, input, _) -> Value.of(Values.length(budget, input))),
      Map.entry("list", (budget, input, _) -> new Value.ListValue(List.copyOf(Values.list(budget, input)))),
      Map.entry("first", SequenceFilters::first), Map.entry("last", SequenceFilters::last),
      Map.entry("reverse", SequenceFilters::reverse), Map.entry("sort", SequenceFilters::sort),
      Map.entry("unique", SequenceFilters::unique),
      Map.entry("min", (budget, input, arguments) -> extreme(budget, input, arguments, Comparison.Order.LESS)),
      Map.entry("max", (budget, input, arguments) -> extreme(budget, input, arguments, Comparison.Order.GREATER)),
      Map.entry("sum", SequenceFilters::sum),
      Map.entry("map", (budget, input, arguments) -> generator(budget, () -> map(budget, input, arguments))),
      Map.entry("select",
          (budget, input, arguments) -> generator(budget, () -> select(budget, input, arguments, true, false))),
      Map.entry("reject",
          (budget, input, arguments) -> generator(budget, () -> select(budget, input, arguments, false, false))),
      Map.entry("selectattr",
          (budget, input, arguments) -> generator(budget, () -> select(budget, input, arguments, true, true))),
      Map.entry("rejectattr",
          (budget, input, arguments) -> generator(budget, () -> select(budget, input, arguments, false, true))),
      Map.entry("batch", (budget, input, arguments) -> generator(budget, () -> batch(budget, input, arguments))),
      Map.entry("slice", (budget, input, arguments) -> generator(budget, () -> slice(budget, input, arguments))),
      Map.entry("items", (budget, input, arguments) -> generator(budget, () -> items(budget, input, arguments))),
      Map.entry("dictsort", SequenceFilters::dictSort),
      Map.entry("groupby", SequenceFilters::groupBy));

  private SequenceFilters() {}

  /** A generator: nothing happens, and nothing can fail, before its first item is asked for. */
  private static Value.Generator generator(Budget budget, Supplier<Iterator<Value>> open) {
    return new Value.Generator("generator", new LazyIterator(budget) {
      private @Nullable Iterator<Value> items;

      @Override
      protected @Nullable Value compute() {
        Iterator<Value> opened = items;
        if (opened == null) {
          opened = open.get();
          items = opened;
        }
        return opened.hasNext() ? opened.next() : null;
      }
    });
  }

  /** The items that a function makes of others until it gives null. */
  private static Iterator<Value> computed(Budget budget, Iterator<Value> source,
      Function<Iterator<Value>, @Nullable Value> next) {
    return new LazyIterator(budget) {
      @Override
      protected @Nullable Value compute() {
        return next.apply(source);
      }
    };
  }

  private static Value first(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("first", 0);
    Iterator<Value> items = Values.iterate(budget, input);
    return items.hasNext() ? items.next() : new Value.Undefined("No first item, sequence was empty.");
  }

  private static Value last(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("last", 0);
    if (!isReversible(input)) {
      throw new TemplateFailure("'" + Values.typeName(input) + "' object is not reversible");
    }
    List<Value> items = Values.list(budget, input);
    return items.isEmpty() ? new Value.Undefined("No last item, sequence was empty.") : items.getLast();
  }

  private static boolean isReversible(Value value) {
    return Values.hasLength(value) && !(value instanceof LoopContext);
  }

  private static Value reverse(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("reverse", 0);
    if (input instanceof Text text) {
      return Slicing.slice(budget, text, Value.NONE, Value.NONE, Value.of(-1));
    }
    if (!Values.isIterable(input)) {
      throw new TemplateFailure("argument must be iterable");
    }
    var items = new ArrayList<>(Values.list(budget, input));
    budget.items(items.size());
    Collections.reverse(items);
    return isReversible(input)
        ? new Value.Generator(Values.typeName(input) + "_reverseiterator", items.iterator())
        : new Value.ListValue(items);
  }

  /** Text in lower case, so that order and equality ignore case. */
  private static Value ignoringCase(Budget budget, Value value) {
    return value instanceof Text text ? CaseMapping.lower(budget, text) : value;
  }

  private static Function<Value, Value> key(Budget budget, Value attribute, boolean caseSensitive) {
    var path = AttributePath.of(budget, attribute);
    return caseSensitive ? path::get : item -> ignoringCase(budget, path.get(item));
  }

  private static Value sort(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    boolean caseSensitive = bound.truth(1, false);
    List<AttributePath> paths = AttributePath.severalOf(budget, bound.get(2));
    return new Value.ListValue(Sorting.sorted(budget, Values.list(budget, input), item -> {
      var keys = new ArrayList<Value>(paths.size());
      for (AttributePath path : paths) {
        Value key = path.get(item);
        keys.add(caseSensitive ? key : ignoringCase(budget, key));
      }
      return new Value.ListValue(keys);
    }, bound.truth(0, false)));
  }

  private static Value unique(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
    Function<Value, Value> key = key(budget, bound.get(1), bound.truth(0, false));
    Set<Object> seen = new HashSet<>();
    return generator(budget, () -> computed(budget, Values.iterate(budget, input), items -> {
      while (items.hasNext()) {
        Value item = items.next();
        if (seen.add(Comparison.hashKey(budget, key.apply(item)))) {
          return item;
        }
      }
      return null;
    }));
  }

  private static Value extreme(Budget budget, Value input, CallArguments arguments, Comparison.Order better) {
    var bound = arguments.bind("min", 0, "case_sensitive", "attribute");
    Function<Value, Value> key = key(budget, bound.get(1), bound.truth(0, false));
    Iterator<Value> items = Values.iterate(budget, input);
    if (!items.hasNext()) {
      return new Value.Undefined("No aggregated item, sequence was empty.");
    }
    Value best = items.next();
    Value bestKey = key.apply(best);
    while (items.hasNext()) {
      Value item = items.next();
      Value itemKey = key.apply(item);
      if (Comparison.ordered(budget, itemKey, bestKey, better)) {
        best = item;
        bestKey = itemKey;
      }
    }
    return best;
  }

  private static Value sum(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("sum", 0, "attribute", "start");
    var path = AttributePath.of(budget, bound.get(0));
    Value sum = bound.get(1, Value.of(0));
    if (sum instanceof Text) {
      throw new TemplateFailure("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Iterator<Value> items = Values.iterate(budget, input);
    while (items.hasNext()) {
      sum = Arithmetic.apply(budget, "+", sum, path.get(items.next()));
    }
    return sum;
  }

  private static Iterator<Value> map(Budget budget, Value input, CallArguments arguments) {
    Function<Value, Value> function;
    if (arguments.positional().isEmpty() && arguments.keywords().containsKey("attribute")) {
      var bound = arguments.bind("map", 0, "attribute", "default");
      var path = AttributePath.of(budget, bound.get(0));
      function = item -> path.get(item, bound.get(1));
    } else if (arguments.positional().isEmpty()) {
      throw new TemplateFailure("map requires a filter argument");
    } else {
      String filter = Values.text("map", arguments.positional().getFirst()).string();
      CallArguments rest = arguments.skip(1);
      function = item -> Filters.apply(budget, filter, item, rest);
    }
    return computed(budget, itemsIfAny(budget, input), items -> items.hasNext() ? function.apply(items.next()) : null);
  }

  private static Iterator<Value> itemsIfAny(Budget budget, Value input) {
    return Values.truth(input) ? Values.iterate(budget, input) : Collections.emptyIterator();
  }

  /** The four filters that keep items by a test of the item or of an attribute of it. */
  private static Iterator<Value> select(Budget budget, Value input, CallArguments arguments, boolean keep,
      boolean ofAttribute) {
    CallArguments rest = arguments;
    var path = AttributePath.of(budget, Value.NONE);
    if (ofAttribute) {
      if (arguments.positional().isEmpty()) {
        throw new TemplateFailure("Missing parameter for attribute name");
      }
      path = AttributePath.of(budget, arguments.positional().getFirst());
      rest = rest.skip(1);
    }
    AttributePath attribute = path;
    Predicate<Value> test = Values::truth;
    if (!rest.positional().isEmpty()) {
      String name = Values.text("select", rest.positional().getFirst()).string();
      CallArguments testArguments = rest.skip(1);
      test = item -> Tests.apply(budget, name, item, testArguments);
    }
    Predicate<Value> accepts = test;
    return computed(budget, itemsIfAny(budget, input), items -> {
      while (items.hasNext()) {
        Value item = items.next();
        if (accepts.test(attribute.get(item)) == keep) {
          return item;
        }
      }
      return null;
    });
  }

  private static Iterator<Value> batch(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("batch", 1, "linecount", "fill_with");
    long size = bound.integer(0, 0);
    Value fill = bound.get(1);
    return computed(budget, Values.iterate(budget, input), items -> {
      if (!items.hasNext()) {
        return null;
      }
      var line = new ArrayList<Value>();
      do {
        line.add(items.next());
        budget.grow(line.size());
      } while (line.size() != size && items.hasNext());
      while (!(fill instanceof Value.None) && line.size() < size) {
        line.add(fill);
        budget.grow(line.size());
      }
      return new Value.ListValue(line);
    });
  }

  private static Iterator<Value> slice(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("slice", 1, "slices", "fill_with");
    List<Value> items = Values.list(budget, input);
    long slices = bound.integer(0, 0);
    if (slices <= 0) {
      throw new TemplateFailure("slice: the number of slices must be positive, not " + slices);
    }
    budget.items(slices);
    int each = (int) (items.size() / slices);
    int longer = (int) (items.size() % slices);
    var all = new ArrayList<Value>();
    int offset = 0;
    for (int i = 0; i < slices; i++) {
      int end = offset + each + (i < longer ? 1 : 0);
      var part = new ArrayList<>(items.subList(offset, end));
      if (!(bound.get(1) instanceof Value.None) && i >= longer) {
        part.add(bound.get(1));
      }
      offset = end;
      all.add(new Value.ListValue(part));
    }
    budget.items(items.size());
    return all.iterator();
  }

  private static DictValue dict(String filter, Value input) {
    if (input instanceof DictValue dict) {
      return dict;
    }
    throw new TemplateFailure(input instanceof Value.Undefined undefined
        ? undefined.message()
        : filter + ": expected a mapping, got " + Values.typeName(input));
  }

  private static Iterator<Value> items(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("items", 0);
    if (input instanceof Value.Undefined) {
      return Collections.emptyIterator();
    }
    var view = new Value.DictView(dict("items", input), Value.DictView.Kind.ITEMS);
    return Values.iterate(budget, view);
  }

  private static Value dictSort(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    boolean caseSensitive = bound.truth(0, false);
    String by = Values.text("dictsort", bound.get(1, Text.trusted("key"))).string();
    if (!by.equals("key") && !by.equals("value")) {
      throw new TemplateFailure("You can only sort by either \"key\" or \"value\"");
    }
    var entries = new ArrayList<>(dict("dictsort", input).entries());
    List<DictValue.Entry> sorted = Sorting.sorted(budget, entries, entry -> {
      Value key = by.equals("key") ? entry.key() : entry.value();
      return caseSensitive ? key : ignoringCase(budget, key);
    }, bound.truth(2, false));
    var pairs = new ArrayList<Value>(sorted.size());
    for (DictValue.Entry entry : sorted) {
      pairs.add(Value.tuple(List.of(entry.key(), entry.value())));
    }
    return new Value.ListValue(pairs);
  }

  private static Value groupBy(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
    var path = AttributePath.of(budget, bound.get(0));
    boolean caseSensitive = bound.truth(2, false);
    Function<Value, Value> exactKey = item -> path.get(item, bound.get(1));
    Function<Value, Value> key = item -> caseSensitive
        ? exactKey.apply(item)
        : ignoringCase(budget, exactKey.apply(item));
    var groups = new LinkedHashMap<Object, List<Value>>();
    List<Value> sorted = Sorting.sorted(budget, Values.list(budget, input), key, false);
    for (Value item : sorted) {
      groups.computeIfAbsent(Comparison.hashKey(budget, key.apply(item)), _ -> new ArrayList<>()).add(item);
    }
    var result = new ArrayList<Value>(groups.size());
    for (List<Value> group : groups.values()) {
      result.add(new Value.Tuple(List.of(exactKey.apply(group.getFirst()), new Value.ListValue(group)),
          List.of("grouper", "list")));
    }
    return new Value.ListValue(result);
  }
}
