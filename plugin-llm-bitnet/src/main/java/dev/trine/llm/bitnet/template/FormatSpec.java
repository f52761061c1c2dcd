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
 * @param zeros whether zeros go between a number's sign and its digits, no alignment being given
 * @param sign  {@code +}, a blank or {@code -}
 * @param group the grouping character, or 0 for none
 * @param type  0 when none is given
 */
record FormatSpec(Text fill, char align, boolean zeros, String sign, boolean alternate, long width, char group,
    long precision,
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
    boolean zeros = false;
    boolean alternate = reader.skip('#');
    if (i < 2 && reader.skip('0')) {
      fill = Text.trusted("0");
      zeros = align == 0;
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
    return new FormatSpec(fill, align, zeros, sign, alternate, Math.max(0, width), group, precision, type);
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
    refuseGrouping(group != 0);
    if (alternate || !sign.equals("-")) {
      throw new TemplateFailure("Sign and alternate form (#) are not allowed in string format specifier");
    }
    Text cut = cut(budget, text, precision);
    return switch (align) {
      case '>' -> StringMethods.justify(budget, cut, width, fill, 1, 0);
      case '^' -> centered(budget, cut);
      case '=' -> throw new TemplateFailure("'=' alignment not allowed in string format specifier");
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

  private void refuseGrouping(boolean refused) {
    if (refused) {
      throw new TemplateFailure("Cannot specify '" + group + "' with '" + (type == 0 ? 's' : type) + "'.");
    }
  }

  private Text integer(Budget budget, Value value) {
    return switch (type) {
      case 0, 'd' -> number(budget, integer(value, 10, 3));
      case 'n' -> {
        refuseGrouping(group != 0);
        yield number(budget, integer(value, 10, 3));
      }
      case 'x', 'X', 'o', 'b' -> {
        refuseGrouping(group == ',');
        Text text = number(budget, integer(value, type == 'o' ? 8 : type == 'b' ? 2 : 16, 4));
        yield type == 'X' ? upper(text) : text;
      }
      case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> number(budget, real(Arithmetic.real(value)));
      default -> throw unknownType("int");
    };
  }

  private String integer(Value value, int radix, int groupSize) {
    if (precision >= 0) {
      throw new TemplateFailure("Precision not allowed in integer format specifier");
    }
    return grouped(NumberFormat.integer(Values.integer(value), radix, sign, alternate && radix != 10, -1), groupSize,
        0);
  }

  private String real(double value) {
    int digits = NumberFormat.precision(precision, 6);
    return switch (type) {
      case 'e', 'E', 'f', 'F', 'g', 'G' -> grouped(NumberFormat.real(value, type, digits, sign, alternate), 3, 0);
      case '%' -> grouped(NumberFormat.real(value * 100, 'f', digits, sign, alternate), 3, 1) + "%";
      case 'n' -> {
        refuseGrouping(group != 0);
        yield NumberFormat.real(value, 'g', digits, sign, alternate);
      }
      case 0 -> {
        if (precision >= 0) {
          yield grouped(NumberFormat.real(value, 'r', digits, sign, alternate), 3, 0);
        }
        String text = Representation.real(value);
        yield grouped(text.startsWith("-") || sign.equals("-") ? text : sign + text, 3, 0);
      }
      default -> throw unknownType("float");
    };
  }

  /**
   * Puts the grouping character into the digits before the point. Zeros that fill the width are grouped too.
   *
   * @param after characters that will follow
   */
  private String grouped(String number, int size, int after) {
    if (group == 0) {
      return number;
    }
    int start = signLength(number);
    int end = start;
    while (end < number.length() && Character.digit(number.charAt(end), size == 4 ? 16 : 10) >= 0) {
      end++;
    }
    if (end == start) {
      return number;
    }
    int digits = end - start;
    if (zeros || (align == '=' && fill.string().equals("0"))) {
      long room = Math.min(width, Budget.MAX_TEXT) - after - start - (number.length() - end);
      while (digits + (digits - 1) / size < room) {
        digits++;
      }
    }
    String padded = "0".repeat(digits - (end - start)) + number.substring(start, end);
    var out = new StringBuilder(number.substring(0, start));
    for (int i = 0; i < digits; i++) {
      if (i > 0 && (digits - i) % size == 0) {
        out.append(group);
      }
      out.append(padded.charAt(i));
    }
    return out.append(number.substring(end)).toString();
  }

  private Text number(Budget budget, String number) {
    Text text = Text.trusted(number);
    return switch (zeros ? '=' : align) {
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
