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
import java.util.function.IntPredicate;

/** The methods of Python's {@code str}. */
final class StringMethods {

  private interface Method {
    Value call(Budget budget, Text text, CallArguments arguments);
  }

  private static final Map<String, Method> METHODS = Map.ofEntries(
      Map.entry("strip", (budget, text, arguments) -> strip(budget, text, arguments, true, true)),
      Map.entry("lstrip", (budget, text, arguments) -> strip(budget, text, arguments, true, false)),
      Map.entry("rstrip", (budget, text, arguments) -> strip(budget, text, arguments, false, true)),
      Map.entry("split", (budget, text, arguments) -> split(budget, text, arguments, false)),
      Map.entry("rsplit", (budget, text, arguments) -> split(budget, text, arguments, true)),
      Map.entry("splitlines",
          (budget, text, arguments) -> new Value.ListValue(
              lines(budget, text, arguments.bind("splitlines", 0, "keepends").truth(0, false)))),
      Map.entry("startswith", (budget, text, arguments) -> Value.of(affix(budget, text, arguments, true))),
      Map.entry("endswith", (budget, text, arguments) -> Value.of(affix(budget, text, arguments, false))),
      Map.entry("upper", (budget, text, arguments) -> CaseMapping.upper(budget, plain("upper", text, arguments))),
      Map.entry("lower", (budget, text, arguments) -> CaseMapping.lower(budget, plain("lower", text, arguments))),
      Map.entry("casefold", (budget, text, arguments) -> CaseMapping.lower(budget, plain("casefold", text, arguments))),
      Map.entry("title", (budget, text, arguments) -> CaseMapping.title(budget, plain("title", text, arguments))),
      Map.entry("capitalize",
          (budget, text, arguments) -> CaseMapping.capitalize(budget, plain("capitalize", text, arguments))),
      Map.entry("swapcase",
          (budget, text, arguments) -> CaseMapping.swapCase(budget, plain("swapcase", text, arguments))),
      Map.entry("replace", StringMethods::replace), Map.entry("find", StringMethods::find),
      Map.entry("index", StringMethods::index), Map.entry("rfind", StringMethods::rfind),
      Map.entry("rindex", StringMethods::rindex),
      Map.entry("count",
          (budget, text, arguments) -> Value.of(TextSearch.count(budget, text.string(),
              Values.text("count", arguments.bind("count", 1, "sub").get(0)).string()))),
      Map.entry("join",
          (budget, text, arguments) -> join(budget, text,
              Values.iterate(budget, arguments.bind("join", 1, "iterable").get(0)))),
      Map.entry("format", (budget, text, arguments) -> BraceFormat.format(budget, text, arguments)),
      Map.entry("format_map", StringMethods::formatMap), Map.entry("partition", StringMethods::partition),
      Map.entry("rpartition", StringMethods::rpartition),
      Map.entry("removeprefix", (budget, text, arguments) -> removeAffix(text, arguments, true)),
      Map.entry("removesuffix", (budget, text, arguments) -> removeAffix(text, arguments, false)),
      Map.entry("ljust", (budget, text, arguments) -> justify(budget, text, arguments, 0, 1)),
      Map.entry("rjust", (budget, text, arguments) -> justify(budget, text, arguments, 1, 0)),
      Map.entry("center", (budget, text, arguments) -> justify(budget, text, arguments, 1, 1)),
      Map.entry("zfill", StringMethods::zfill), Map.entry("expandtabs", StringMethods::expandTabs),
      Map.entry("isspace", (_, text, _) -> all(text, Characters::isSpace)),
      Map.entry("isalpha", (_, text, _) -> all(text, Character::isLetter)),
      Map.entry("isdigit", (_, text, _) -> all(text, StringMethods::isDigit)),
      Map.entry("isdecimal", (_, text, _) -> all(text, Character::isDigit)),
      Map.entry("isnumeric", (_, text, _) -> all(text, StringMethods::isNumeric)),
      Map.entry("isalnum", (_, text, _) -> all(text, c -> Character.isLetter(c) || isNumeric(c))),
      Map.entry("isascii", (_, text, _) -> Value.of(text.string().chars().allMatch(c -> c < 0x80))),
      Map.entry("isprintable", (_, text, _) -> Value.of(text.string().codePoints().allMatch(Characters::isPrintable))),
      Map.entry("isidentifier", (_, text, _) -> Value.of(isIdentifier(text.string()))),
      Map.entry("isupper", (_, text, _) -> Value.of(isUpper(text))),
      Map.entry("islower", (_, text, _) -> Value.of(isLower(text))),
      Map.entry("istitle", (_, text, _) -> Value.of(isTitle(text))));

  private StringMethods() {}

  static boolean exists(String name) {
    return METHODS.containsKey(name);
  }

  /** Calls a method that {@link #exists}. */
  static Value call(Budget budget, Text text, String name, CallArguments arguments) {
    Method method = METHODS.get(name);
    if (method == null) {
      throw new TemplateFailure("'str object' has no attribute '" + name + "'");
    }
    budget.work(text.string().length());
    if (name.startsWith("is")) {
      arguments.bind(name, 0);
    }
    return method.call(budget, text, arguments);
  }

  private static Text plain(String name, Text text, CallArguments arguments) {
    arguments.bind(name, 0);
    return text;
  }

  private static Value strip(Budget budget, Text text, CallArguments arguments, boolean left, boolean right) {
    return strip(budget, text, arguments.bind("strip", 0, "chars").get(0), left, right);
  }

  /** Without the characters of a set at its ends; {@code None} means whitespace. */
  static Text strip(Budget budget, Text text, Value characters, boolean left, boolean right) {
    IntPredicate strips = Characters::isSpace;
    if (!(characters instanceof Value.None)) {
      String set = Values.text("strip", characters).string();
      budget.work(set.length() * 16L);
      var members = new HashSet<Integer>();
      set.codePoints().forEach(members::add);
      strips = members::contains;
    }
    String string = text.string();
    int from = 0;
    int to = string.length();
    while (left && from < to && strips.test(string.codePointAt(from))) {
      from += Character.charCount(string.codePointAt(from));
    }
    while (right && to > from && strips.test(string.codePointBefore(to))) {
      to -= Character.charCount(string.codePointBefore(to));
    }
    return text.part(from, to);
  }

  private static Value split(Budget budget, Text text, CallArguments arguments, boolean fromRight) {
    var bound = arguments.bind("split", 0, "sep", "maxsplit");
    long limit = bound.integer(1, -1);
    return new Value.ListValue(split(budget, text, bound.get(0), limit < 0 ? Long.MAX_VALUE : limit, fromRight));
  }

  /** Parts between separators; {@code None} separates at runs of whitespace. */
  static List<Value> split(Budget budget, Text text, Value separator, long limit, boolean fromRight) {
    if (separator instanceof Value.None) {
      return fromRight ? splitSpacesFromRight(budget, text, limit) : splitSpaces(budget, text, limit);
    }
    String mark = Values.text("split", separator).string();
    if (mark.isEmpty()) {
      throw new TemplateFailure("empty separator");
    }
    String string = text.string();
    var parts = new ArrayList<Value>();
    if (fromRight) {
      int end = string.length();
      int found = TextSearch.findLast(budget, string, mark, end);
      while (found >= 0 && parts.size() < limit) {
        add(budget, parts, text.part(found + mark.length(), end));
        end = found;
        found = TextSearch.findLast(budget, string, mark, end);
      }
      add(budget, parts, text.part(0, end));
      Collections.reverse(parts);
      return parts;
    }
    int start = 0;
    int found = TextSearch.find(budget, string, mark, 0);
    while (found >= 0 && parts.size() < limit) {
      add(budget, parts, text.part(start, found));
      start = found + mark.length();
      found = TextSearch.find(budget, string, mark, start);
    }
    add(budget, parts, text.part(start, string.length()));
    return parts;
  }

  private static void add(Budget budget, List<Value> parts, Text part) {
    parts.add(part);
    budget.grow(parts.size());
    budget.work(part.string().length());
  }

  private static List<Value> splitSpaces(Budget budget, Text text, long limit) {
    String string = text.string();
    var parts = new ArrayList<Value>();
    int i = 0;
    while (true) {
      while (i < string.length() && Characters.isSpace(string.charAt(i))) {
        i++;
      }
      if (i == string.length()) {
        return parts;
      }
      if (parts.size() >= limit) {
        add(budget, parts, text.part(i, string.length()));
        return parts;
      }
      int start = i;
      while (i < string.length() && !Characters.isSpace(string.charAt(i))) {
        i++;
      }
      add(budget, parts, text.part(start, i));
    }
  }

  private static List<Value> splitSpacesFromRight(Budget budget, Text text, long limit) {
    String string = text.string();
    var parts = new ArrayList<Value>();
    int i = string.length();
    while (true) {
      while (i > 0 && Characters.isSpace(string.charAt(i - 1))) {
        i--;
      }
      if (i == 0) {
        break;
      }
      int end = i;
      if (parts.size() >= limit) {
        add(budget, parts, text.part(0, end));
        break;
      }
      while (i > 0 && !Characters.isSpace(string.charAt(i - 1))) {
        i--;
      }
      add(budget, parts, text.part(i, end));
    }
    Collections.reverse(parts);
    return parts;
  }

  static List<Value> lines(Budget budget, Text text, boolean keepEnds) {
    String string = text.string();
    var lines = new ArrayList<Value>();
    int start = 0;
    for (int i = 0; i < string.length(); i++) {
      if (Characters.isLineEnd(string.charAt(i))) {
        int next = string.startsWith("\r\n", i) ? i + 2 : i + 1;
        add(budget, lines, text.part(start, keepEnds ? next : i));
        start = next;
        i = next - 1;
      }
    }
    if (start < string.length()) {
      add(budget, lines, text.part(start, string.length()));
    }
    return lines;
  }

  private static boolean affix(Budget budget, Text text, CallArguments arguments, boolean prefix) {
    var bound = arguments.bind(prefix ? "startswith" : "endswith", 1, "affix", "start", "end");
    int length = text.length();
    int from = bound(bound.integer(1, 0), length);
    int to = bound.get(2) instanceof Value.None ? length : bound(bound.integer(2, length), length);
    if (from > to) {
      return false;
    }
    String string = text.string().substring(text.offset(from), text.offset(to));
    List<Value> affixes = bound.get(0) instanceof Value.Tuple tuple ? tuple.items() : List.of(bound.get(0));
    for (Value candidate : affixes) {
      budget.step();
      String affix = Values.text("startswith first arg must be str or a tuple of str", candidate).string();
      if (prefix ? string.startsWith(affix) : string.endsWith(affix)) {
        return true;
      }
    }
    return false;
  }

  /** A bound that counts from the end when it is negative, within the text. */
  private static int bound(long index, int length) {
    return (int) Math.max(0, Math.min(index < 0 ? index + length : index, length));
  }

  private static Value replace(Budget budget, Text text, CallArguments arguments) {
    var bound = arguments.bind("replace", 2, "old", "new", "count");
    Text replacement = Values.text("replace", bound.get(1));
    return replace(budget, text, Values.text("replace", bound.get(0)).string(),
        text.markup() ? Markup.escape(budget, replacement) : replacement, bound.integer(2, -1)).asMarkup(text.markup());
  }

  /** With occurrences replaced, all of them when {@code count} is negative. */
  static Text replace(Budget budget, Text text, String old, Text replacement, long count) {
    String string = text.string();
    var out = new TextBuilder(budget);
    int copied = 0;
    int from = 0;
    for (long done = 0; count < 0 || done < count; done++) {
      int found = from > string.length() ? -1 : TextSearch.find(budget, string, old, from);
      if (found < 0) {
        break;
      }
      out.append(text, copied, found).append(replacement);
      copied = found + old.length();
      from = copied;
      if (old.isEmpty()) {
        from += found < string.length() ? Character.charCount(string.codePointAt(found)) : 1;
      }
    }
    return out.append(text, copied, string.length()).build();
  }

  private static Value find(Budget budget, Text text, CallArguments arguments) {
    return search(budget, text, arguments, false);
  }

  private static Value rfind(Budget budget, Text text, CallArguments arguments) {
    return search(budget, text, arguments, true);
  }

  private static Value index(Budget budget, Text text, CallArguments arguments) {
    return found(search(budget, text, arguments, false));
  }

  private static Value rindex(Budget budget, Text text, CallArguments arguments) {
    return found(search(budget, text, arguments, true));
  }

  private static Value found(Value.Int index) {
    if (index.value().signum() < 0) {
      throw new TemplateFailure("substring not found");
    }
    return index;
  }

  private static Value.Int search(Budget budget, Text text, CallArguments arguments, boolean last) {
    var bound = arguments.bind("find", 1, "sub", "start", "end");
    String wanted = Values.text("find", bound.get(0)).string();
    int length = text.length();
    int start = bound.get(1) instanceof Value.None ? 0 : bound(bound.integer(1, 0), length);
    int end = bound.get(2) instanceof Value.None ? length : bound(bound.integer(2, length), length);
    if (start > end || bound.integer(1, 0) > length) {
      return Value.of(-1);
    }
    String string = text.string();
    int from = text.offset(start);
    int to = text.offset(end);
    int offset = last
        ? TextSearch.findLast(budget, string, wanted, to)
        : TextSearch.find(budget, string, wanted, from);
    boolean inside = offset >= from && offset + wanted.length() <= to;
    return Value.of(inside ? string.codePointCount(0, offset) : -1);
  }

  static Text join(Budget budget, Text separator, Iterator<Value> items) {
    var out = new TextBuilder(budget);
    boolean first = true;
    while (items.hasNext()) {
      Value item = items.next();
      if (!(item instanceof Text text)) {
        throw new TemplateFailure("sequence item: expected str instance, " + Values.typeName(item) + " found");
      }
      if (!first) {
        out.append(separator);
      }
      first = false;
      out.append(separator.markup() ? Markup.escape(budget, text) : text);
    }
    return out.build().asMarkup(separator.markup());
  }

  private static Value formatMap(Budget budget, Text text, CallArguments arguments) {
    if (!(arguments.bind("format_map", 1, "mapping").get(0) instanceof DictValue dict)) {
      throw new TemplateFailure("format_map() takes a mapping");
    }
    var keywords = new LinkedHashMap<String, Value>();
    for (DictValue.Entry entry : dict.entries()) {
      if (entry.key() instanceof Text key) {
        keywords.put(key.string(), entry.value());
      }
    }
    return BraceFormat.format(budget, text, new CallArguments(List.of(), keywords));
  }

  private static Value partition(Budget budget, Text text, CallArguments arguments) {
    return partition(budget, text, arguments, false);
  }

  private static Value rpartition(Budget budget, Text text, CallArguments arguments) {
    return partition(budget, text, arguments, true);
  }

  private static Value partition(Budget budget, Text text, CallArguments arguments, boolean last) {
    String separator = Values.text("partition", arguments.bind("partition", 1, "sep").get(0)).string();
    String string = text.string();
    if (separator.isEmpty()) {
      throw new TemplateFailure("empty separator");
    }
    int found = last
        ? TextSearch.findLast(budget, string, separator, string.length())
        : TextSearch.find(budget, string, separator, 0);
    if (found < 0) {
      return Value.tuple(last ? List.of(Text.EMPTY, Text.EMPTY, text) : List.of(text, Text.EMPTY, Text.EMPTY));
    }
    int end = found + separator.length();
    return Value.tuple(List.of(text.part(0, found), text.part(found, end), text.part(end, string.length())));
  }

  private static Value removeAffix(Text text, CallArguments arguments, boolean prefix) {
    String affix = Values.text("removeprefix", arguments.bind("removeprefix", 1, "affix").get(0)).string();
    String string = text.string();
    if (prefix) {
      return string.startsWith(affix) ? text.part(affix.length(), string.length()) : text;
    }
    return string.endsWith(affix) ? text.part(0, string.length() - affix.length()) : text;
  }

  private static Value justify(Budget budget, Text text, CallArguments arguments, int left, int right) {
    var bound = arguments.bind("center", 1, "width", "fillchar");
    Text fill = Values.text("center", bound.get(1, Text.trusted(" ")));
    if (fill.length() != 1) {
      throw new TemplateFailure("The fill character must be exactly one character long");
    }
    return justify(budget, text, bound.integer(0, 0), fill, left, right);
  }

  /** Filled to a width on one side or both; when that is odd, Python puts the extra character left only if the width is odd. */
  static Text justify(Budget budget, Text text, long width, Text fill, int left, int right) {
    long missing = width - text.length();
    if (missing <= 0) {
      return text;
    }
    long before = left == 0 ? 0 : right == 0 ? missing : missing / 2 + (missing & width & 1);
    return new TextBuilder(budget).appendRepeated(fill, Math.min(before, Integer.MAX_VALUE)).append(text)
        .appendRepeated(fill, Math.min(missing - before, Integer.MAX_VALUE)).build();
  }

  private static Value zfill(Budget budget, Text text, CallArguments arguments) {
    long missing = arguments.bind("zfill", 1, "width").integer(0, 0) - text.length();
    boolean sign = text.string().startsWith("-") || text.string().startsWith("+");
    int head = sign ? 1 : 0;
    return new TextBuilder(budget).append(text, 0, head)
        .appendRepeated(Text.trusted("0"), Math.min(Math.max(missing, 0), Integer.MAX_VALUE))
        .append(text, head, text.string().length()).build();
  }

  private static Value expandTabs(Budget budget, Text text, CallArguments arguments) {
    long size = Math.min(arguments.bind("expandtabs", 0, "tabsize").integer(0, 8), Integer.MAX_VALUE);
    String string = text.string();
    var out = new TextBuilder(budget);
    long column = 0;
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '\t') {
        long blanks = size > 0 ? size - column % size : 0;
        out.appendRepeated(Text.trusted(" "), blanks);
        column += blanks;
      } else {
        out.append(text, i, i + 1);
        column = c == '\n' || c == '\r' ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
      }
    }
    return out.build();
  }

  private static Value all(Text text, IntPredicate predicate) {
    return Value.of(!text.string().isEmpty() && text.string().codePoints().allMatch(predicate));
  }

  private static boolean isDigit(int c) {
    return Character.isDigit(c) || c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0x2070 && c <= 0x2089 && isNumeric(c));
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static boolean isIdentifier(String string) {
    return !string.isEmpty() && (string.startsWith("_") || Character.isUnicodeIdentifierStart(string.codePointAt(0)))
        && string.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c));
  }

  static boolean isUpper(Text text) {
    return text.string().codePoints().anyMatch(Character::isUpperCase)
        && text.string().codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isLower(Text text) {
    return text.string().codePoints().anyMatch(Character::isLowerCase)
        && text.string().codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  private static boolean isTitle(Text text) {
    boolean afterCased = false;
    boolean any = false;
    for (int c : text.string().codePoints().toArray()) {
      boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
      boolean lower = Character.isLowerCase(c);
      if ((upper && afterCased) || (lower && !afterCased)) {
        return false;
      }
      afterCased = upper || lower;
      any |= afterCased;
    }
    return any;
  }
}
