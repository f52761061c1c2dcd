/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps}, as the filter {@code tojson} of transformers calls it: no HTML escapes, non-ASCII text kept. */
final class JsonWriter {

  private final Budget budget;
  private final TextBuilder out;
  private final boolean ascii;
  private final boolean sortKeys;
  private final @Nullable Text indent;
  private final Text itemSeparator;
  private final Text keySeparator;

  private JsonWriter(Budget budget, boolean ascii, boolean sortKeys, @Nullable Text indent, Text itemSeparator,
      Text keySeparator) {
    this.budget = budget;
    this.out = new TextBuilder(budget);
    this.ascii = ascii;
    this.sortKeys = sortKeys;
    this.indent = indent;
    this.itemSeparator = itemSeparator;
    this.keySeparator = keySeparator;
  }

  /** The filter: parameters {@code ensure_ascii, indent, separators, sort_keys}. */
  static Value filter(Budget budget, Value value, CallArguments arguments) {
    var bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    Value indentValue = bound.get(1);
    Text indent = switch (indentValue) {
      case Value.None _ -> null;
      case Text text -> text;
      case Value.Int _,Value.Bool _ -> new TextBuilder(budget)
          .appendRepeated(Text.trusted(" "), Math.min(Math.max(0, Values.clampedIndex(indentValue)), Integer.MAX_VALUE))
          .build();
      case Value.Real _,Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _,Value.Undefined _ ->
        throw new TemplateFailure(
            "tojson: indent must be an integer or a string, not " + Values.typeName(indentValue));
    };
    Text itemSeparator = Text.trusted(indent == null ? ", " : ",");
    Text keySeparator = Text.trusted(": ");
    if (!(bound.get(2) instanceof Value.None)) {
      List<Value> separators = Values.list(budget, bound.get(2));
      if (separators.size() != 2) {
        throw new TemplateFailure("tojson: separators must be two strings");
      }
      itemSeparator = Values.text("tojson", separators.get(0));
      keySeparator = Values.text("tojson", separators.get(1));
    }
    var writer = new JsonWriter(budget, bound.truth(0, false), bound.truth(3, false), indent, itemSeparator,
        keySeparator);
    writer.write(value, 0);
    return writer.out.build();
  }

  private void write(Value value, int level) {
    budget.step();
    budget.enterCall();
    switch (value) {
      case Value.None _ -> out.append("null");
      case Value.Bool bool -> out.append(bool.value() ? "true" : "false");
      case Value.Int integer -> out.append(Representation.integer(integer.value()));
      case Value.Real real -> out.append(real(real.value()));
      case Text text -> writeString(text);
      case Value.ListValue list -> writeArray(list.items(), level);
      case Value.Tuple tuple -> writeArray(tuple.items(), level);
      case DictValue dict -> writeObject(dict, level);
      case Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _,Value.Undefined _ ->
        throw new TemplateFailure(
            "Object of type " + Values.typeName(value) + " is not JSON serializable");
    }
    budget.leaveCall();
  }

  private static String real(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    return Representation.real(value);
  }

  private void writeArray(List<Value> items, int level) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append("[");
    boolean first = true;
    for (Value item : items) {
      if (!first) {
        out.append(itemSeparator);
      }
      first = false;
      newLine(level + 1);
      write(item, level + 1);
    }
    newLine(level);
    out.append("]");
  }

  private void writeObject(DictValue dict, int level) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    var entries = new ArrayList<>(dict.entries());
    if (sortKeys) {
      entries = new ArrayList<>(Sorting.sorted(budget, entries, DictValue.Entry::key, false));
    }
    out.append("{");
    boolean first = true;
    for (DictValue.Entry entry : entries) {
      if (!first) {
        out.append(itemSeparator);
      }
      first = false;
      newLine(level + 1);
      writeString(key(entry.key()));
      out.append(keySeparator);
      write(entry.value(), level + 1);
    }
    newLine(level);
    out.append("}");
  }

  private Text key(Value key) {
    return switch (key) {
      case Text text -> text;
      case Value.None _ -> Text.trusted("null");
      case Value.Bool bool -> Text.trusted(bool.value() ? "true" : "false");
      case Value.Int integer -> Text.trusted(Representation.integer(integer.value()));
      case Value.Real real -> Text.trusted(real(real.value()));
      case Value.ListValue _,Value.Tuple _,DictValue _,Value.DictView _,Value.Range _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _,Value.Undefined _ ->
        throw new TemplateFailure(
            "keys must be str, int, float, bool or None, not " + Values.typeName(key));
    };
  }

  private void newLine(int level) {
    if (indent != null) {
      out.append("\n").appendRepeated(indent, level);
    }
  }

  private void writeString(Text text) {
    String string = text.string();
    out.append("\"");
    int copied = 0;
    for (int i = 0; i < string.length(); i++) {
      String escape = escape(string.charAt(i));
      if (!escape.isEmpty()) {
        out.append(text, copied, i).append(escape, text.trustedAt(i));
        copied = i + 1;
      }
    }
    out.append(text, copied, string.length()).append("\"");
  }

  private static final Map<Character, String> SHORT_ESCAPES = Map.of('"', "\\\"", '\\', "\\\\", '\n', "\\n", '\r',
      "\\r", '\t', "\\t", '\b', "\\b", '\f', "\\f");

  private String escape(char c) {
    if (c < 0x20 || c == '"' || c == '\\' || (ascii && c > 0x7e)) {
      String escape = SHORT_ESCAPES.get(c);
      return escape != null ? escape : "\\u" + Integer.toHexString(0x10000 | c).substring(1);
    }
    return "";
  }
}
