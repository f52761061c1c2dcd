/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;

/** Filters that make or change numbers. */
final class NumberFilters {

  static final Map<String, Filters.Filter> FILTERS = Map.of("int", NumberFilters::toInt, "float",
      NumberFilters::toFloat, "abs", NumberFilters::abs, "round", NumberFilters::round, "filesizeformat",
      NumberFilters::fileSize);

  private NumberFilters() {}

  private static Value toInt(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("int", 0, "default", "base");
    Value fallback = bound.get(0, Value.of(0));
    return switch (input) {
      case Value.Int integer -> integer;
      case Value.Bool bool -> Value.of(bool.value() ? 1 : 0);
      case Value.Real real -> Double.isNaN(real.value())
          ? fallback
          : new Value.Int(NumberFormat.wholePart(real.value()));
      case Text text -> {
        budget.work(text.string().length());
        BigInteger integer = NumberParser.integer(text.string(), bound.integer(1, 10));
        if (integer != null) {
          yield new Value.Int(integer);
        }
        Double real = NumberParser.real(text.string());
        yield real == null || Double.isNaN(real) || Double.isInfinite(real)
            ? fallback
            : new Value.Int(NumberFormat.wholePart(real));
      }
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        fallback;
    };
  }

  private static Value toFloat(Budget budget, Value input, CallArguments arguments) {
    Value fallback = arguments.bind("float", 0, "default").get(0, new Value.Real(0));
    return switch (input) {
      case Value.Int _,Value.Bool _,Value.Real _ -> new Value.Real(Arithmetic.real(input));
      case Text text -> {
        budget.work(text.string().length());
        Double real = NumberParser.real(text.string());
        yield real == null ? fallback : new Value.Real(real);
      }
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case Value.None _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        fallback;
    };
  }

  private static Value abs(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("abs", 0);
    if (input instanceof Value.Real real) {
      return new Value.Real(Math.abs(real.value()));
    }
    return new Value.Int(number("abs", input).abs());
  }

  private static BigInteger number(String function, Value input) {
    if (!Comparison.isNumber(input) && !(input instanceof Value.Undefined)) {
      throw new TemplateFailure("bad operand type for " + function + "(): '" + Values.typeName(input) + "'");
    }
    return Values.integer(input);
  }

  private static Value round(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("round", 0, "precision", "method");
    long precision = bound.integer(0, 0);
    String method = Values.text("round", bound.get(1, Text.trusted("common"))).string();
    if (precision < -1_000 || precision > 1_000) {
      throw new TemplateFailure("round: a precision of " + precision + " is out of range");
    }
    return switch (method) {
      case "common" -> input instanceof Value.Real real
          ? new Value.Real(rounded(real.value(), (int) precision))
          : new Value.Int(rounded(number("round", input), (int) precision));
      case "ceil", "floor" -> directed(budget, input, precision, method.equals("ceil"));
      default -> throw new TemplateFailure("method must be common, ceil or floor");
    };
  }

  private static double rounded(double value, int precision) {
    if (Double.isNaN(value) || Double.isInfinite(value) || precision > 323) {
      return value;
    }
    double rounded = new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
    return rounded == 0 ? Math.copySign(0.0, value) : rounded;
  }

  private static BigInteger rounded(BigInteger value, int precision) {
    return precision >= 0
        ? value
        : new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).toBigIntegerExact();
  }

  private static Value directed(Budget budget, Value input, long precision, boolean up) {
    Value scale = Arithmetic.apply(budget, "**", Value.of(10), Value.of(precision));
    Value scaled = Arithmetic.apply(budget, "*", input, scale);
    if (scaled instanceof Value.Real real) {
      scaled = new Value.Int(NumberFormat.wholePart(up ? Math.ceil(real.value()) : Math.floor(real.value())));
    } else {
      number("round", scaled);
    }
    return Arithmetic.apply(budget, "/", scaled, scale);
  }

  private static Value fileSize(Budget budget, Value input, CallArguments arguments) {
    boolean binary = arguments.bind("filesizeformat", 0, "binary").truth(0, false);
    Value number = toFloat(budget, input, CallArguments.of(Value.NONE));
    if (number instanceof Value.None) {
      throw new TemplateFailure("filesizeformat: could not convert " + Values.typeName(input) + " to float");
    }
    double bytes = Arithmetic.real(number);
    if (bytes == 1) {
      return Text.trusted("1 Byte");
    }
    double base = binary ? 1024 : 1000;
    if (bytes < base) {
      return Text.trusted(NumberFormat.wholePart(bytes) + " Bytes");
    }
    String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
    double unit = base;
    int index = -1;
    do {
      unit *= base;
      index++;
    } while (index < prefixes.length() - 1 && bytes >= unit);
    return Text.trusted(NumberFormat.real(base * bytes / unit, 'f', 1, "-", false) + " " + prefixes.charAt(index)
        + (binary ? "iB" : "B"));
  }
}
