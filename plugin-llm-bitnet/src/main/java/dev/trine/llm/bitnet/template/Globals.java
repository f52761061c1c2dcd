/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The functions that every template has. */
final class Globals {

  /** Items of a range. */
  static final int MAX_RANGE = 100_000;

  private Globals() {}

  /**
   * The functions by name.
   *
   * @param now the time on the reader's clock
   */
  static Map<String, Value> of(Budget budget, Supplier<LocalDateTime> now) {
    var globals = new HashMap<String, Value>();
    define(globals, "range", Globals::range);
    define(globals, "dict", arguments -> dict(budget, arguments));
    define(globals, "namespace", arguments -> namespace(budget, arguments));
    define(globals, "joiner", arguments -> joiner(arguments));
    define(globals, "cycler", Globals::cycler);
    define(globals, "lipsum", _ -> {
      throw new TemplateFailure("lipsum makes random text, which has no place in a prompt");
    });
    define(globals, "raise_exception", arguments -> {
      throw TemplateFailure.raised(
          Representation.string(budget, arguments.bind("raise_exception", 1, "message").get(0)).string());
    });
    define(globals, "strftime_now", arguments -> {
      Text format = Values.text("strftime_now", arguments.bind("strftime_now", 1, "format").get(0));
      budget.checkText(32L * format.string().length());
      return Text.of(TimeFormat.format(format.string(), now.get()), format.trusted());
    });
    return globals;
  }

  private static void define(Map<String, Value> globals, String name, Value.Function.Body body) {
    globals.put(name, new Value.Function(name, body));
  }

  private static Value range(CallArguments arguments) {
    var bound = arguments.bind("range", 1, "start", "stop", "step");
    boolean single = bound.find(1) == null;
    BigInteger start = single ? BigInteger.ZERO : Values.integer(bound.get(0));
    BigInteger stop = Values.integer(bound.get(single ? 0 : 1));
    BigInteger step = Values.integer(bound.get(2, Value.of(1)));
    if (step.signum() == 0) {
      throw new TemplateFailure("range() arg 3 must not be zero");
    }
    BigInteger distance = step.signum() > 0 ? stop.subtract(start) : start.subtract(stop);
    BigInteger length = distance.signum() <= 0
        ? BigInteger.ZERO
        : distance.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
    if (length.compareTo(BigInteger.valueOf(MAX_RANGE)) > 0) {
      throw new TemplateFailure(
          "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_RANGE + ").");
    }
    return new Value.Range(start, stop, step, length.intValue());
  }

  private static DictValue dict(Budget budget, CallArguments arguments) {
    var dict = new DictValue();
    if (arguments.positional().size() > 1) {
      throw new TemplateFailure("dict expected at most 1 argument, got " + arguments.positional().size());
    }
    for (Value source : arguments.positional()) {
      if (source instanceof Value.Undefined undefined) {
        throw new TemplateFailure(undefined.message());
      }
      Value pairs = source instanceof DictValue other ? new Value.DictView(other, Value.DictView.Kind.ITEMS) : source;
      for (Value pair : Values.list(budget, pairs)) {
        List<Value> sides = Values.list(budget, pair);
        if (sides.size() != 2) {
          throw new TemplateFailure(
              "dictionary update sequence element has length " + sides.size() + "; 2 is required");
        }
        dict.put(budget, sides.get(0), sides.get(1));
      }
    }
    arguments.keywords().forEach((name, value) -> dict.put(budget, Text.trusted(name), value));
    return dict;
  }

  private static Value namespace(Budget budget, CallArguments arguments) {
    var attributes = new LinkedHashMap<String, Value>();
    for (DictValue.Entry entry : dict(budget, arguments).entries()) {
      attributes.put(Values.text("namespace", entry.key()).string(), entry.value());
    }
    return new Value.Namespace(attributes);
  }

  /** Gives nothing at its first call and the separator at every later one. */
  private static Value joiner(CallArguments arguments) {
    Value separator = arguments.bind("joiner", 0, "sep").get(0, Text.trusted(", "));
    var used = new ArrayList<Value>();
    return new Value.Function("joiner", _ -> {
      if (used.isEmpty()) {
        used.add(Value.TRUE);
        return Text.EMPTY;
      }
      return separator;
    });
  }

  /** Gives its items in turn, over and over. */
  private static Value cycler(CallArguments arguments) {
    List<Value> items = arguments.positional();
    if (items.isEmpty()) {
      throw new TemplateFailure("at least one item has to be provided");
    }
    var position = new int[1];
    Value next = new Value.Function("next", _ -> {
      Value item = items.get(position[0]);
      position[0] = (position[0] + 1) % items.size();
      return item;
    });
    Value reset = new Value.Function("reset", _ -> {
      position[0] = 0;
      return Value.NONE;
    });
    return new Value.Function("cycler", _ -> {
      throw new TemplateFailure("'Cycler' object is not callable");
    }, Map.of("next", () -> next, "reset", () -> reset, "current", () -> items.get(position[0])));
  }
}
