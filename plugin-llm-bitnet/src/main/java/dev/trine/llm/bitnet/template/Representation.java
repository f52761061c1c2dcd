/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;

/** Python's {@code str} and {@code repr}. */
final class Representation {

  /** Decimal digits of an integer that Python agrees to print. */
  private static final int MAX_DIGITS = 4_300;
  private static final BigInteger LARGEST = BigInteger.TEN.pow(MAX_DIGITS);

  private Representation() {}

  /** {@code str(value)}. */
  static Text string(Budget budget, Value value) {
    return switch (value) {
      case Text text -> text;
      case Value.Undefined _ -> Text.EMPTY;
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ -> {
        var out = new TextBuilder(budget);
        append(budget, out, value);
        yield out.build();
      }
    };
  }

  /** {@code repr(value)}. */
  static Text repr(Budget budget, Value value) {
    var out = new TextBuilder(budget);
    append(budget, out, value);
    return out.build();
  }

  private static void append(Budget budget, TextBuilder out, Value value) {
    budget.step();
    budget.enterCall();
    switch (value) {
      case Value.None _ -> out.append("None");
      case Value.Bool bool -> out.append(bool.value() ? "True" : "False");
      case Value.Int integer -> out.append(integer(integer.value()));
      case Value.Real real -> out.append(real(real.value()));
      case Text text -> appendQuoted(out, text);
      case Value.ListValue list -> appendItems(budget, out, "[", list.items(), "]");
      case Value.Tuple tuple -> appendItems(budget, out, "(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
      case DictValue dict -> appendDict(budget, out, dict);
      case Value.DictView view -> appendItems(budget, out, view.kind().typeName + "([", Values.list(budget, view),
          "])");
      case Value.Range range -> out.append("range(" + range.start() + ", " + range.stop()
          + (range.step().equals(BigInteger.ONE) ? ")" : ", " + range.step() + ")"));
      case Value.Generator generator -> out.append("<" + generator.typeName() + " object>");
      case Value.Function function -> out.append("<function " + function.name() + ">");
      case Value.Namespace namespace -> {
        out.append("<Namespace ");
        var attributes = new DictValue();
        namespace.attributes().forEach((name, item) -> attributes.put(budget, Text.trusted(name), item));
        appendDict(budget, out, attributes);
        out.append(">");
      }
      case LoopContext loop -> out.append("<LoopContext " + loop.position() + "/" + loop.length() + ">");
      case Value.Undefined _ -> out.append("Undefined");
    }
    budget.leaveCall();
  }

  private static void appendItems(Budget budget, TextBuilder out, String open, List<Value> items, String close) {
    out.append(open);
    String separator = "";
    for (Value item : items) {
      out.append(separator);
      append(budget, out, item);
      separator = ", ";
    }
    out.append(close);
  }

  private static void appendDict(Budget budget, TextBuilder out, DictValue dict) {
    out.append("{");
    String separator = "";
    for (DictValue.Entry entry : dict.entries()) {
      out.append(separator);
      append(budget, out, entry.key());
      out.append(": ");
      append(budget, out, entry.value());
      separator = ", ";
    }
    out.append("}");
  }

  private static void appendQuoted(TextBuilder out, Text text) {
    String string = text.string();
    char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
    if (text.markup()) {
      out.append("Markup(");
    }
    out.append(String.valueOf(quote));
    int copied = 0;
    for (int i = 0; i < string.length();) {
      int c = string.codePointAt(i);
      int width = Character.charCount(c);
      if (c == quote || c == '\\' || !Characters.isPrintable(c)) {
        out.append(text, copied, i).append(escape(c, quote), text.trustedAt(i));
        copied = i + width;
      }
      i += width;
    }
    out.append(text, copied, string.length()).append(String.valueOf(quote));
    if (text.markup()) {
      out.append(")");
    }
  }

  private static String escape(int c, char quote) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\\' -> "\\\\";
      default -> {
        if (c == quote) {
          yield "\\" + quote;
        }
        String hexadecimal = Integer.toHexString(c);
        int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
        yield (digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U") + "0".repeat(digits - hexadecimal.length())
            + hexadecimal;
      }
    };
  }

  static String integer(BigInteger value) {
    if (value.abs().compareTo(LARGEST) >= 0) {
      throw new TemplateFailure("Exceeds the limit (" + MAX_DIGITS + " digits) for integer string conversion");
    }
    return value.toString();
  }

  /** The shortest decimal that reads back as the same double, in Python's layout. */
  static String real(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return Math.copySign(1, value) < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (decimal.precision() == 2) {
      // Java prefers the nearest of two digits where one would do, which only the smallest numbers tell.
      BigDecimal single = decimal.round(new MathContext(1));
      decimal = single.doubleValue() == value ? single : decimal;
    }
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "") + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + "e"
        + exponentSuffix(exponent);
  }

  /** An exponent with its sign and at least two digits. */
  static String exponentSuffix(int exponent) {
    int size = Math.abs(exponent);
    return (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
  }
}
