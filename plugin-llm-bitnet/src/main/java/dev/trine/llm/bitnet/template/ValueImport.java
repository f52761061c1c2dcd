/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the caller's variables into values of the template language and notes which text is whose. */
final class ValueImport {

  /** Objects within one another, as deep as any JSON that means something. */
  private static final int MAX_DEPTH = 200;

  /**
   * Roles are part of the frame: templates make control tokens of them, such as {@code <|} + role + {@code |>}. These words can
   * do no harm; any other role is text of a stranger.
   */
  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "model", "tool",
      "function",
      "ipython");

  private final Budget budget;

  ValueImport(Budget budget) {
    this.budget = budget;
  }

  /** A variable that was given to the template. */
  Value variable(String name, @Nullable Object value, boolean trusted) {
    if (name.equals("messages") && !trusted && value instanceof List<?> messages) {
      var items = new ArrayList<Value>(messages.size());
      for (int i = 0; i < messages.size(); i++) {
        items.add(message(name + "[" + i + "]", messages.get(i)));
      }
      return new Value.ListValue(items);
    }
    return value(name, value, trusted, 0);
  }

  private Value message(String path, @Nullable Object message) {
    if (message instanceof Map<?, ?> map && map.get("role") instanceof String role && ROLES.contains(role)) {
      return dict(path, map, false, 1, role);
    }
    return value(path, message, false, 1);
  }

  private Value value(String path, @Nullable Object value, boolean trusted, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TemplateFailure("the variable " + path + " is nested more than " + MAX_DEPTH + " deep");
    }
    return switch (value) {
      case null -> Value.NONE;
      case String string -> Text.of(string, trusted);
      case Boolean bool -> Value.of(bool);
      case BigInteger integer -> new Value.Int(integer);
      case Integer integer -> Value.of(integer);
      case Long integer -> Value.of(integer);
      case Short integer -> Value.of(integer);
      case Byte integer -> Value.of(integer);
      case BigDecimal real -> new Value.Real(real.doubleValue());
      case Double real -> new Value.Real(real);
      case Float real -> new Value.Real(real);
      case Map<?, ?> map -> dict(path, map, trusted, depth, null);
      case Iterable<?> items -> {
        var list = new ArrayList<Value>();
        for (Object item : items) {
          list.add(value(path, item, trusted, depth + 1));
        }
        yield new Value.ListValue(list);
      }
      default -> throw new TemplateFailure(
          "the variable " + path + " has a value of " + value.getClass().getName() + ", which templates cannot use");
    };
  }

  private Value dict(String path, Map<?, ?> map, boolean trusted, int depth, @Nullable String trustedRole) {
    var dict = new DictValue();
    map.forEach((key, item) -> {
      Value value = trustedRole != null && "role".equals(key)
          ? Text.trusted(trustedRole)
          : value(path, item, trusted, depth + 1);
      dict.put(budget, value(path, key, trusted, depth + 1), value);
    });
    return dict;
  }
}
