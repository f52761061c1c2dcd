/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;

/** Python's {@code text.format(…)}, whose fields reach attributes and items by the rules of templates. */
final class BraceFormat {

  /** Fields may stand in a field's specification, and no deeper. */
  private static final int MAX_NESTING = 2;

  private final Budget budget;
  private final CallArguments arguments;
  private int nextPosition;
  private boolean numbered;

  private BraceFormat(Budget budget, CallArguments arguments) {
    this.budget = budget;
    this.arguments = arguments;
  }

  static Text format(Budget budget, Text format, CallArguments arguments) {
    return new BraceFormat(budget, arguments).run(format, MAX_NESTING).asMarkup(format.markup());
  }

  private Text run(Text format, int nesting) {
    if (nesting < 0) {
      throw new TemplateFailure("Max string recursion exceeded");
    }
    String string = format.string();
    var out = new TextBuilder(budget);
    int i = 0;
    while (i < string.length()) {
      budget.step();
      int brace = i;
      while (brace < string.length() && string.charAt(brace) != '{' && string.charAt(brace) != '}') {
        brace++;
      }
      out.append(format, i, brace);
      if (brace == string.length()) {
        break;
      }
      if (brace + 1 < string.length() && string.charAt(brace + 1) == string.charAt(brace)) {
        out.append(format, brace, brace + 1);
        i = brace + 2;
      } else if (string.charAt(brace) == '}') {
        throw new TemplateFailure("Single '}' encountered in format string");
      } else {
        int end = fieldEnd(string, brace + 1);
        out.append(field(format.part(brace + 1, end), nesting, format.markup()));
        i = end + 1;
      }
    }
    return out.build();
  }

  private static int fieldEnd(String string, int from) {
    int depth = 1;
    for (int i = from; i < string.length(); i++) {
      char c = string.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw new TemplateFailure("Single '{' encountered in format string");
  }

  /** A field: {@code name!conversion:specification}. */
  private Text field(Text field, int nesting, boolean escape) {
    String string = field.string();
    int nameEnd = 0;
    boolean inBrackets = false;
    while (nameEnd < string.length()
        && (inBrackets || (string.charAt(nameEnd) != '!' && string.charAt(nameEnd) != ':'))) {
      inBrackets = string.charAt(nameEnd) == '[' || (inBrackets && string.charAt(nameEnd) != ']');
      nameEnd++;
    }
    Value value = lookup(string.substring(0, nameEnd));
    int rest = nameEnd;
    if (rest < string.length() && string.charAt(rest) == '!') {
      if (rest + 1 >= string.length() || (rest + 2 < string.length() && string.charAt(rest + 2) != ':')) {
        throw new TemplateFailure("expected ':' after conversion specifier");
      }
      value = switch (string.charAt(rest + 1)) {
        case 's' -> Representation.string(budget, value);
        case 'r', 'a' -> Representation.repr(budget, value);
        default -> throw new TemplateFailure("Unknown conversion specifier " + string.charAt(rest + 1));
      };
      rest += 2;
    }
    Text spec = rest < string.length() ? run(field.part(rest + 1, string.length()), nesting - 1) : Text.EMPTY;
    Text shown = spec.string().isEmpty()
        ? Representation.string(budget, value)
        : FormatSpec.parse(spec).apply(budget, value);
    return escape ? Markup.escape(budget, shown) : shown;
  }

  private Value lookup(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Value value = first(name.substring(0, end));
    while (end < name.length()) {
      int start = end + 1;
      if (name.charAt(end) == '.') {
        end = start;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
          end++;
        }
        value = Attributes.attribute(budget, value, nonEmpty(name.substring(start, end)));
      } else {
        end = name.indexOf(']', start);
        if (end < 0) {
          throw new TemplateFailure("expected '}' before end of string");
        }
        String key = nonEmpty(name.substring(start, end));
        value = Attributes.item(budget, value, isIndex(key) ? new Value.Int(new BigInteger(key)) : Text.trusted(key));
        end++;
        if (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
          throw new TemplateFailure("Only '.' or '[' may follow ']' in format field specifier");
        }
      }
    }
    return value;
  }

  private static String nonEmpty(String name) {
    if (name.isEmpty()) {
      throw new TemplateFailure("Empty attribute in format string");
    }
    return name;
  }

  private static boolean isIndex(String name) {
    return !name.isEmpty() && name.length() <= 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private Value first(String name) {
    if (name.isEmpty()) {
      if (numbered) {
        throw new TemplateFailure("cannot switch from manual field specification to automatic field numbering");
      }
      return positional(nextPosition++);
    }
    if (isIndex(name)) {
      if (nextPosition > 0) {
        throw new TemplateFailure("cannot switch from automatic field numbering to manual field specification");
      }
      numbered = true;
      return positional(Integer.parseInt(name));
    }
    Value value = arguments.keywords().get(name);
    if (value == null) {
      throw new TemplateFailure("format: no argument is called '" + name + "'");
    }
    return value;
  }

  private Value positional(int index) {
    if (index >= arguments.positional().size()) {
      throw new TemplateFailure("Replacement index " + index + " out of range for positional args tuple");
    }
    return arguments.positional().get(index);
  }
}
