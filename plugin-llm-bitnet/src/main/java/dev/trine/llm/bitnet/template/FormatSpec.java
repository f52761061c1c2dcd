/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Locale;

/**
 * Python's format specification: fill, alignment, sign, {@code #}, {@code 0}, width, grouping, precision and type.
 *
 * @param align one of {@code < > ^ =}, or 0 for the type's own
 * @param sign  {@code +}, a blank or {@code -}
 * @param group the grouping character, or 0 for none
 * @param type  0 when none is given
 */
record FormatSpec(Text fill, char align, String sign, boolean alternate, long width, char group, long precision,
    char type) {

  private static final String ALIGNMENTS = "<>^=";

  static FormatSpec parse(Text spec) {
    String string = spec.string();
    int i = 0;
    Text fill = Text.trusted(" ");
    char align = 0;
    int second = string.isEmpty() ? 0 : Character.charCount(string.codePointAt(0));
    if (second < string.length() && ALIGNMENTS.indexOf(string.charAt(second)) >= 0) {
      fill = spec.part(0, second);
      align = string.charAt(second);
      i = second + 1;
    } else if (!string.isEmpty() && ALIGNMENTS.indexOf(string.charAt(0)) >= 0) {
      align = string.charAt(0);
      i = 1;
    }
    var reader = new Reader(string, i);
    String sign = reader.skip('+') ? "+" : reader.skip(' ') ? " " : "-";
    reader.skip('-');
    boolean alternate = reader.skip('#');
    if (reader.skip('0') && align == 0) {
      fill = Text.trusted("0");
      align = '=';
    }
    long width = reader.number();
    char group = reader.skip(',') ? ',' : reader.skip('_') ? '_' : 0;
    long precision = -1;
    if (reader.skip('.')) {
      precision = reader.number();
      if (precision < 0) {
        throw new TemplateFailure("Format specifier missing precision");
      }
    }
    char type = reader.next();
    if (!reader.ended()) {
      throw new TemplateFailure("Invalid format specifier");
    }
    return new FormatSpec(fill, align, sign, alternate, Math.max(0, width), group, precision, type);
  }

  private static final class Reader {
    private final String string;
    private int position;

    Reader(String string, int position) {
      this.string = string;
      this.position = position;
    }

    boolean ended() {
      return position >= string.length();
    }

    char next() {
      return ended() ? 0 : string.charAt(position++);
    }

    boolean skip(char c) {
      if (!ended() && string.charAt(position) == c) {
        position++;
        return true;
      }
      return false;
    }

    /** A number, or -1 when there is no digit. */
    long number() {
      long number = -1;
      while (!ended() && string.charAt(position) >= '0' && string.charAt(position) <= '9') {
        number = Math.min(Math.max(number, 0) * 10 + string.charAt(position++) - '0', Integer.MAX_VALUE);
      }
      return number;
    }
  }

  /** {@code format(value, spec)}. */
  Text apply(Budget budget, Value value) {
    return switch (value) {
      case Text text -> text(budget, text);
      case Value.Real real -> number(budget, real(real.value()));
      case Value.Bool bool when type == 0 -> text(budget, Representation.string(budget, bool));
      case Value.Int _,Value.Bool _ -> integer(budget, value);
      case Value.None _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _,Value.Undefined _ ->
        throw new TemplateFailure(
            "unsupported format string passed to " + Values.typeName(value) + ".__format__");
    };
  }

  private Text text(Budget budget, Text text) {
    if (type != 0 && type != 's') {
      throw unknownType("str");
    }
    Text cut = cut(budget, text, precision);
    return switch (align) {
      case '>' -> StringMethods.justify(budget, cut, width, fill, 1, 0);
      case '^' -> centered(budget, cut);
      case '=' -> {
        if (!fill.string().equals("0")) {
          throw new TemplateFailure("'=' alignment not allowed in string format specifier");
        }
        yield StringMethods.justify(budget, cut, width, fill, 0, 1);
      }
      default -> StringMethods.justify(budget, cut, width, fill, 0, 1);
    };
  }

  /** Unlike {@code str.center}, the smaller half is always to the left. */
  private Text centered(Budget budget, Text text) {
    long missing = Math.max(0, width - text.length());
    return new TextBuilder(budget).appendRepeated(fill, missing / 2).append(text)
        .appendRepeated(fill, missing - missing / 2).build();
  }

  private TemplateFailure unknownType(String of) {
    return new TemplateFailure("Unknown format code '" + type + "' for object of type '" + of + "'");
  }

  private Text integer(Budget budget, Value value) {
    return switch (type) {
      case 0, 'd', 'n' -> number(budget, grouped(NumberFormat.integer(Values.integer(value), 10, sign, false, -1)));
      case 'x' -> number(budget, NumberFormat.integer(Values.integer(value), 16, sign, alternate, -1));
      case 'X' -> upper(number(budget, NumberFormat.integer(Values.integer(value), 16, sign, alternate, -1)));
      case 'o' -> number(budget, NumberFormat.integer(Values.integer(value), 8, sign, alternate, -1));
      case 'b' -> number(budget, NumberFormat.integer(Values.integer(value), 2, sign, alternate, -1));
      case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> number(budget, real(Arithmetic.real(value)));
      default -> throw unknownType("int");
    };
  }

  private String real(double value) {
    return switch (type) {
      case 'e', 'E', 'f', 'F', 'g', 'G' -> grouped(
          NumberFormat.real(value, type, NumberFormat.precision(precision, 6), sign, alternate));
      case '%' -> grouped(
          NumberFormat.real(value * 100, 'f', NumberFormat.precision(precision, 6), sign, alternate)) + "%";
      case 'n' -> NumberFormat.real(value, 'g', NumberFormat.precision(precision, 6), sign, alternate);
      case 0 -> {
        if (precision >= 0) {
          String text = NumberFormat.real(value, 'g', NumberFormat.precision(precision, 6), sign, alternate);
          yield grouped(text);
        }
        String text = Representation.real(value);
        yield grouped(text.startsWith("-") || sign.equals("-") ? text : sign + text);
      }
      default -> throw unknownType("float");
    };
  }

  /** Puts the grouping character between every three digits before the point. */
  private String grouped(String number) {
    if (group == 0) {
      return number;
    }
    int start = 0;
    while (start < number.length() && !Character.isDigit(number.charAt(start))) {
      start++;
    }
    int end = start;
    while (end < number.length() && Character.isDigit(number.charAt(end))) {
      end++;
    }
    var out = new StringBuilder(number.substring(0, start));
    for (int i = start; i < end; i++) {
      if (i > start && (end - i) % 3 == 0) {
        out.append(group);
      }
      out.append(number.charAt(i));
    }
    return out.append(number.substring(end)).toString();
  }

  private Text number(Budget budget, String number) {
    Text text = Text.trusted(number);
    return switch (align) {
      case '<' -> StringMethods.justify(budget, text, width, fill, 0, 1);
      case '^' -> centered(budget, text);
      case '=' -> {
        int head = signLength(number);
        long missing = Math.max(0, width - number.length());
        yield new TextBuilder(budget).append(text, 0, head).appendRepeated(fill, missing)
            .append(text, head, number.length()).build();
      }
      default -> StringMethods.justify(budget, text, width, fill, 1, 0);
    };
  }

  /** Length of the sign and the radix prefix, between which and the digits zeros go. */
  private static int signLength(String number) {
    int head = !number.isEmpty() && "+- ".indexOf(number.charAt(0)) >= 0 ? 1 : 0;
    if (number.length() > head + 1 && number.charAt(head) == '0' && "xob".indexOf(number.charAt(head + 1)) >= 0) {
      head += 2;
    }
    return head;
  }

  /** A number with zeros between its sign and its digits when they are asked for. */
  static Text padded(String number, boolean zeros, long width) {
    if (!zeros || width <= number.length()) {
      return Text.trusted(number);
    }
    if (width > Budget.MAX_TEXT) {
      throw new TemplateFailure("a text would be longer than " + Budget.MAX_TEXT + " characters");
    }
    int head = signLength(number);
    return Text
        .trusted(number.substring(0, head) + "0".repeat((int) width - number.length()) + number.substring(head));
  }

  static Text upper(Text text) {
    return Text.trusted(text.string().toUpperCase(Locale.ROOT));
  }

  /** The first so many characters; all when {@code precision} is negative. */
  static Text cut(Budget budget, Text text, long precision) {
    budget.work(text.string().length());
    return precision < 0 || precision >= text.length() ? text : text.part(0, text.offset((int) precision));
  }
}
