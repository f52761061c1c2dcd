/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Typed view of one JSON object of a request. An absent field and one that is null are the same. Errors are
 * {@code INVALID_VALUE} and name the field as the client wrote it, with its place when it is nested.
 */
public final class JsonFields {

  private static final int MAX_SHOWN = 60;

  private final ObjectNode object;
  private final String prefix;

  JsonFields(ObjectNode object, String prefix) {
    this.object = object;
    this.prefix = prefix;
  }

  /** The field's value; empty when it is absent or null. */
  public Optional<JsonNode> node(String field) {
    JsonNode node = object.get(field);
    return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
  }

  /** The names of all fields, in the request's order. */
  public List<String> names() {
    var names = new ArrayList<String>(object.size());
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Whether the field is there and not null. */
  public boolean has(String field) {
    return node(field).isPresent();
  }

  /** The first of several spellings of one field that is there. */
  public Optional<String> firstOf(String... spellings) {
    for (String spelling : spellings) {
      if (has(spelling)) {
        return Optional.of(spelling);
      }
    }
    return Optional.empty();
  }

  /** Where a field is, for people: {@code messages[2].content}. */
  public String path(String field) {
    return prefix + field;
  }

  /** A text. */
  public @Nullable String text(String field) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isTextual()) {
      throw wrongType(field, "a string", node);
    }
    return node.textValue();
  }

  /** A truth value. */
  public @Nullable Boolean bool(String field) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isBoolean()) {
      throw wrongType(field, "true or false", node);
    }
    return node.booleanValue();
  }

  /** A truth value with a default. */
  public boolean flag(String field, boolean defaultValue) {
    Boolean value = bool(field);
    return value == null ? defaultValue : value;
  }

  /** A finite number from {@code min} to {@code max}. */
  public @Nullable Double number(String field, double min, double max, String rule) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isNumber()) {
      throw wrongType(field, "a number", node);
    }
    double value = node.doubleValue();
    if (!Double.isFinite(value) || value < min || value > max) {
      throw invalid(field, rule + ", got " + shown(node));
    }
    return value;
  }

  /** A whole number from {@code min} to {@code max}; {@code 1.0} is one. */
  public @Nullable Long integer(String field, long min, long max, String rule) {
    BigInteger value = bigInteger(field);
    if (value == null) {
      return null;
    }
    if (value.compareTo(BigInteger.valueOf(min)) < 0 || value.compareTo(BigInteger.valueOf(max)) > 0) {
      throw invalid(field, rule + ", got " + cut(value.toString()));
    }
    return value.longValueExact();
  }

  /** A whole number of any size. */
  public @Nullable BigInteger bigInteger(String field) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return null;
    }
    if (node.isIntegralNumber()) {
      return node.bigIntegerValue();
    }
    if (node.isNumber() && Double.isFinite(node.doubleValue()) && node.doubleValue() == Math.rint(node.doubleValue())) {
      return BigDecimal.valueOf(node.doubleValue()).toBigInteger();
    }
    throw wrongType(field, "an integer", node);
  }

  /** An object. */
  public Optional<JsonFields> fields(String field) {
    return node(field).map(node -> {
      if (node instanceof ObjectNode nested) {
        return new JsonFields(nested, prefix + field + ".");
      }
      throw wrongType(field, "an object", node);
    });
  }

  /** An array of objects; empty when the field is absent. */
  public List<JsonFields> objects(String field) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw wrongType(field, "an array", node);
    }
    var all = new ArrayList<JsonFields>(node.size());
    for (int i = 0; i < node.size(); i++) {
      String element = field + "[" + i + "]";
      if (!(node.get(i) instanceof ObjectNode nested)) {
        throw wrongType(element, "an object", node.get(i));
      }
      all.add(new JsonFields(nested, prefix + element + "."));
    }
    return all;
  }

  /** A failure of one field. */
  public PlatformException invalid(String field, String rule) {
    return PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, path(field), path(field) + " " + rule);
  }

  /** A failure of one field that has the wrong type. */
  public PlatformException wrongType(String field, String expected, JsonNode found) {
    return invalid(field, "must be " + expected + ", got " + describe(found));
  }

  /** A field that is known and cannot be honoured. */
  public PlatformException unsupported(String field, String why) {
    return PlatformException.ofParameter(StandardErrorCode.UNSUPPORTED_FIELD, path(field), path(field) + " " + why);
  }

  /** A value as maps, lists, strings, numbers, booleans and nulls, in the request's order. */
  public static @Nullable Object plain(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
        yield map;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>(node.size());
        node.forEach(element -> list.add(plain(element)));
        yield list;
      }
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER -> node.numberValue();
      case NULL, MISSING, BINARY, POJO -> null;
    };
  }

  static String describe(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "the string " + shown(node);
      case NUMBER, BOOLEAN, NULL, MISSING, BINARY, POJO -> shown(node);
    };
  }

  private static String shown(JsonNode node) {
    return cut(node.toString());
  }

  private static String cut(String text) {
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
