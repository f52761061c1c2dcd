/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's {@code text % values}. */
final class PercentFormat {

  private static final String FLAGS = "#0- +";

  private final Budget budget;
  private final Text format;
  private final String string;
  private final TextBuilder out;
  private final @Nullable DictValue mapping;
  /** Whether the operand may go unused: Python asks that of tuples and plain values alone. */
  private final boolean optional;
  private final List<Value> values;
  private int nextValue;
  private int position;

  private PercentFormat(Budget budget, Text format, Value operand) {
    this.budget = budget;
    this.format = format;
    this.string = format.string();
    this.out = new TextBuilder(budget);
    this.mapping = operand instanceof DictValue dict ? dict : null;
    this.optional = operand instanceof DictValue || operand instanceof Value.ListValue
        || operand instanceof Value.Range || operand instanceof Value.Undefined;
    this.values = operand instanceof Value.Tuple tuple ? tuple.items() : List.of(operand);
  }

  static Text format(Budget budget, Text format, Value operand) {
    return new PercentFormat(budget, format, operand).run();
  }

  private Text run() {
    int copied = 0;
    for (int percent = string.indexOf('%'); percent >= 0; percent = string.indexOf('%', position)) {
      budget.step();
      out.append(format, copied, percent);
      position = percent + 1;
      convert();
      copied = position;
    }
    out.append(format, copied, string.length());
    if (!optional && nextValue < values.size()) {
      throw new TemplateFailure("not all arguments converted during string formatting");
    }
    return out.build().asMarkup(format.markup());
  }

  private char current() {
    if (position >= string.length()) {
      throw new TemplateFailure("incomplete format");
    }
    return string.charAt(position);
  }

  private void convert() {
    Value named = null;
    if (current() == '(') {
      named = named();
    }
    var flags = new StringBuilder();
    while (FLAGS.indexOf(current()) >= 0) {
      flags.append(string.charAt(position++));
    }
    boolean left = flags.indexOf("-") >= 0;
    long width = number();
    if (width < 0) {
      left = true;
      width = -width;
    }
    long precision = -1;
    if (current() == '.') {
      position++;
      precision = Math.max(0, number());
    }
    while (current() == 'h' || current() == 'l' || current() == 'L') {
      position++;
    }
    char conversion = current();
    position++;
    if (conversion == '%') {
      out.append("%");
      return;
    }
    Value value = named != null ? named : next();
    String sign = flags.indexOf("+") >= 0 ? "+" : flags.indexOf(" ") >= 0 ? " " : "-";
    boolean zeros = flags.indexOf("0") >= 0 && !left;
    boolean alternate = flags.indexOf("#") >= 0;
    Text piece = switch (conversion) {
      case 's' -> FormatSpec.cut(budget, Representation.string(budget, value), precision);
      case 'r', 'a' -> FormatSpec.cut(budget, Representation.repr(budget, value), precision);
      case 'c' -> character(value);
      case 'd', 'i', 'u' -> FormatSpec.padded(
          NumberFormat.integer(NumberFormat.truncated(value, conversion), 10, sign, false, precision), zeros, width);
      case 'x' -> FormatSpec.padded(NumberFormat.integer(Values.integer(value), 16, sign, alternate, precision), zeros,
          width);
      case 'X' -> FormatSpec.upper(FormatSpec
          .padded(NumberFormat.integer(Values.integer(value), 16, sign, alternate, precision), zeros, width));
      case 'o' -> FormatSpec.padded(NumberFormat.integer(Values.integer(value), 8, sign, alternate, precision), zeros,
          width);
      case 'e', 'E', 'f', 'F', 'g', 'G' -> FormatSpec.padded(NumberFormat.real(NumberFormat.real(value), conversion,
          NumberFormat.precision(precision, 6), sign, alternate), zeros, width);
      default -> throw new TemplateFailure("unsupported format character '" + conversion + "'");
    };
    Text text = format.markup() && conversion == 's' ? Markup.escape(budget, piece) : piece;
    out.append(StringMethods.justify(budget, text, width, Text.trusted(" "), left ? 0 : 1, left ? 1 : 0));
  }

  private Value named() {
    int close = string.indexOf(')', position);
    if (mapping == null || close < 0) {
      throw new TemplateFailure(close < 0 ? "incomplete format key" : "format requires a mapping");
    }
    Value value = mapping.get(budget, format.part(position + 1, close));
    if (value == null) {
      throw new TemplateFailure("the mapping lacks the key '" + string.substring(position + 1, close) + "'");
    }
    position = close + 1;
    return value;
  }

  /** A number in the format, or the next value for a star. */
  private long number() {
    if (current() == '*') {
      position++;
      return Math.max(Math.min(Values.clampedIndex(next()), Integer.MAX_VALUE), -Integer.MAX_VALUE);
    }
    long number = 0;
    while (current() >= '0' && current() <= '9') {
      number = Math.min(number * 10 + string.charAt(position++) - '0', Integer.MAX_VALUE);
    }
    return number;
  }

  private Value next() {
    if (nextValue >= values.size()) {
      throw new TemplateFailure("not enough arguments for format string");
    }
    return values.get(nextValue++);
  }

  private static Text character(Value value) {
    if (value instanceof Text text && text.length() == 1) {
      return text;
    }
    long codePoint = Values.clampedIndex(value);
    if (codePoint < 0 || codePoint > Character.MAX_CODE_POINT) {
      throw new TemplateFailure("the number of a character must be in range(0x110000)");
    }
    return Text.trusted(Character.toString((int) codePoint));
  }
}
