/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters that make text of text. */
final class TextFilters {

  static final Map<String, Filters.Filter> FILTERS = Map.ofEntries(
      Map.entry("trim", (budget, input, arguments) -> {
        Text text = Representation.string(budget, input);
        budget.work(text.string().length());
        return StringMethods.strip(budget, text, arguments.bind("trim", 0, "chars").get(0), true, true);
      }), Map.entry("upper", (budget, input, arguments) -> {
        arguments.bind("upper", 0);
        return CaseMapping.upper(budget, Representation.string(budget, input));
      }), Map.entry("lower", (budget, input, arguments) -> {
        arguments.bind("lower", 0);
        return CaseMapping.lower(budget, Representation.string(budget, input));
      }), Map.entry("capitalize", (budget, input, arguments) -> {
        arguments.bind("capitalize", 0);
        return CaseMapping.capitalize(budget, Representation.string(budget, input));
      }), Map.entry("title", (budget, input, arguments) -> {
        arguments.bind("title", 0);
        return CaseMapping.titleWords(budget, Representation.string(budget, input));
      }), Map.entry("string", (budget, input, _) -> Representation.string(budget, input)),
      Map.entry("replace", TextFilters::replace), Map.entry("join", TextFilters::join),
      Map.entry("format", TextFilters::format), Map.entry("indent", TextFilters::indent),
      Map.entry("truncate", TextFilters::truncate), Map.entry("center", TextFilters::center),
      Map.entry("wordcount", TextFilters::wordCount), Map.entry("urlencode", TextFilters::urlEncode),
      Map.entry("escape", TextFilters::escape), Map.entry("e", TextFilters::escape),
      Map.entry("forceescape",
          (budget, input, _) -> Markup.escapeAlways(budget, Representation.string(budget, input))),
      Map.entry("safe", (budget, input, _) -> Representation.string(budget, input).asMarkup(true)));

  private TextFilters() {}

  private static Value escape(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("escape", 0);
    return Markup.escape(budget, Representation.string(budget, input));
  }

  private static Value replace(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("replace", 2, "old", "new", "count");
    Text old = Representation.string(budget, bound.get(0));
    Text replacement = Representation.string(budget, bound.get(1));
    long count = bound.get(2) instanceof Value.None ? -1 : bound.integer(2, -1);
    return StringMethods.replace(budget, Representation.string(budget, input).asMarkup(false), old.string(),
        replacement.asMarkup(false), count);
  }

  private static Value join(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("join", 0, "d", "attribute");
    Text separator = Representation.string(budget, bound.get(0, Text.EMPTY)).asMarkup(false);
    var path = AttributePath.of(budget, bound.get(1));
    Iterator<Value> items = Values.iterate(budget, input);
    var out = new TextBuilder(budget);
    boolean first = true;
    while (items.hasNext()) {
      if (!first) {
        out.append(separator);
      }
      first = false;
      out.append(Representation.string(budget, path.get(items.next())));
    }
    return out.build();
  }

  private static Value format(Budget budget, Value input, CallArguments arguments) {
    if (!arguments.positional().isEmpty() && !arguments.keywords().isEmpty()) {
      throw new TemplateFailure("can't handle positional and keyword arguments at the same time");
    }
    Value operand = Value.tuple(arguments.positional());
    if (!arguments.keywords().isEmpty()) {
      var dict = new DictValue();
      arguments.keywords().forEach((name, value) -> dict.put(budget, Text.trusted(name), value));
      operand = dict;
    }
    return PercentFormat.format(budget, Representation.string(budget, input), operand);
  }

  private static Value indent(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("indent", 0, "width", "first", "blank");
    Text text = Values.text("indent", input);
    Text indention = bound.get(0) instanceof Text given
        ? given
        : new TextBuilder(budget)
            .appendRepeated(Text.trusted(" "), Math.min(Math.max(bound.integer(0, 4), 0), Integer.MAX_VALUE)).build();
    boolean first = bound.truth(1, false);
    boolean blank = bound.truth(2, false);
    // The newline makes a line of its own end where the text ends.
    Text ended = new TextBuilder(budget).append(text).append("\n").build();
    var out = new TextBuilder(budget);
    List<Value> lines = StringMethods.lines(budget, ended, false);
    for (int i = 0; i < lines.size(); i++) {
      Text line = Values.text("indent", lines.get(i));
      if (i > 0) {
        out.append("\n");
      }
      if (i == 0 ? first : blank || !line.string().isEmpty()) {
        out.append(indention);
      }
      out.append(line);
    }
    return out.build().asMarkup(text.markup());
  }

  private static Value truncate(Budget budget, Value input, CallArguments arguments) {
    var bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
    Text end = Values.text("truncate", bound.get(2, Text.trusted("...")));
    long length = bound.integer(0, 255);
    long leeway = bound.get(3) instanceof Value.None ? 5 : bound.integer(3, 5);
    if (length < end.length() || leeway < 0) {
      throw new TemplateFailure("truncate: expected length >= " + end.length() + " and leeway >= 0, got " + length
          + " and " + leeway);
    }
    if (Values.length(budget, input) <= length + Math.min(leeway, Integer.MAX_VALUE)) {
      return input;
    }
    Text text = Values.text("truncate", input);
    Text cut = text.part(0, text.offset((int) length - end.length()));
    if (!bound.truth(1, false)) {
      int blank = cut.string().lastIndexOf(' ');
      cut = blank < 0 ? cut : cut.part(0, blank);
    }
    return new TextBuilder(budget).append(cut).append(end).build();
  }

  private static Value center(Budget budget, Value input, CallArguments arguments) {
    long width = arguments.bind("center", 0, "width").integer(0, 80);
    return StringMethods.justify(budget, Representation.string(budget, input), width, Text.trusted(" "), 1, 1);
  }

  private static Value wordCount(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("wordcount", 0);
    String string = Representation.string(budget, input).string();
    budget.work(string.length());
    int words = 0;
    boolean inWord = false;
    for (int c : string.codePoints().toArray()) {
      boolean wordCharacter = Character.isLetterOrDigit(c) || c == '_'
          || Character.getType(c) == Character.OTHER_NUMBER || Character.getType(c) == Character.LETTER_NUMBER;
      words += wordCharacter && !inWord ? 1 : 0;
      inWord = wordCharacter;
    }
    return Value.of(words);
  }

  private static Value urlEncode(Budget budget, Value input, CallArguments arguments) {
    arguments.bind("urlencode", 0);
    if (input instanceof Text || !Values.isIterable(input)) {
      return quoted(budget, Representation.string(budget, input), false);
    }
    Value pairs = input instanceof DictValue dict ? new Value.DictView(dict, Value.DictView.Kind.ITEMS) : input;
    var parts = new ArrayList<Value>();
    for (Value pair : Values.list(budget, pairs)) {
      List<Value> sides = Values.list(budget, pair);
      if (sides.size() != 2) {
        throw new TemplateFailure("urlencode wants pairs");
      }
      parts.add(new TextBuilder(budget).append(quoted(budget, Representation.string(budget, sides.get(0)), true))
          .append("=").append(quoted(budget, Representation.string(budget, sides.get(1)), true)).build());
    }
    return StringMethods.join(budget, Text.trusted("&"), parts.iterator());
  }

  private static Text quoted(Budget budget, Text text, boolean query) {
    String string = text.string();
    var out = new TextBuilder(budget);
    for (int i = 0; i < string.length();) {
      int c = string.codePointAt(i);
      boolean trusted = text.trustedAt(i);
      if ((c < 0x80 && Character.isLetterOrDigit(c)) || "_.-~".indexOf(c) >= 0 || (c == '/' && !query)) {
        out.append(Character.toString(c), trusted);
      } else if (c == ' ' && query) {
        out.append("+", trusted);
      } else {
        for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
          out.append("%" + HexFormat.of().withUpperCase().toHexDigits(b), trusted);
        }
      }
      i += Character.charCount(c);
    }
    return out.build();
  }
}
