/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.PlatformException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON value with the place that it came from, so that every complaint names file and field.
 *
 * @param file the file's name
 * @param path the field, such as {@code normalizer.pattern}
 * @param node the value; a null node where there is none
 */
record JsonSection(String file, String path, JsonNode node) {
  private static final int MOST_NODES = 1_000_000;

  /** Reads the value at the parser's current token; refuses one of more than a million parts. */
  static JsonSection read(String file, String path, JsonParser parser) throws IOException {
    return new JsonSection(file, path, read(file, path, parser, new int[]{MOST_NODES}));
  }

  /** Nesting is limited by the parser's own constraints. */
  private static JsonNode read(String file, String path, JsonParser parser, int[] nodesLeft) throws IOException {
    if (--nodesLeft[0] < 0) {
      throw TokenizerLimits.invalid(file, path, "has more than " + MOST_NODES + " values");
    }
    JsonNodeFactory factory = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = factory.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          object.set(name, read(file, path, parser, nodesLeft));
        }
        yield object;
      }
      case START_ARRAY -> {
        var array = factory.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(read(file, path, parser, nodesLeft));
        }
        yield array;
      }
      case VALUE_STRING -> factory.textNode(parser.getText());
      case VALUE_NUMBER_INT -> factory.numberNode(parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          ? Long.MAX_VALUE
          : parser.getLongValue());
      case VALUE_NUMBER_FLOAT -> factory.numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> factory.booleanNode(true);
      case VALUE_FALSE -> factory.booleanNode(false);
      default -> factory.nullNode();
    };
  }

  /** A section without a value. */
  static JsonSection absent(String file, String path) {
    return new JsonSection(file, path, NullNode.getInstance());
  }

  boolean isAbsent() {
    return node.isNull() || node.isMissingNode();
  }

  /** A member of an object; absent if it is missing or null. */
  JsonSection get(String name) {
    return new JsonSection(file, path.isEmpty() ? name : path + "." + name, node.path(name));
  }

  /** The elements of an array. */
  List<JsonSection> elements() {
    if (!node.isArray()) {
      throw wrong("an array");
    }
    var elements = new ArrayList<JsonSection>();
    for (int i = 0; i < node.size(); i++) {
      elements.add(new JsonSection(file, path + "[" + i + "]", node.get(i)));
    }
    return elements;
  }

  String text() {
    if (!node.isTextual()) {
      throw wrong("a string");
    }
    return node.textValue();
  }

  String text(String whenAbsent) {
    return isAbsent() ? whenAbsent : text();
  }

  boolean bool(boolean whenAbsent) {
    if (isAbsent()) {
      return whenAbsent;
    }
    if (!node.isBoolean()) {
      throw wrong("true or false");
    }
    return node.booleanValue();
  }

  int id() {
    if (!node.isIntegralNumber()) {
      throw wrong("a token id");
    }
    return TokenizerLimits.checkId(file, path, node.longValue());
  }

  private PlatformException wrong(String expected) {
    String found = node.toString();
    return invalid("is " + (node.isContainerNode() ? node.getNodeType().toString() : Quoted.of(found)) + ", expected "
        + expected);
  }

  /** The failure of a value that makes no sense here. */
  PlatformException invalid(String problem) {
    return TokenizerLimits.invalid(file, path, problem);
  }

  /** The failure of a value that makes sense but is not supported. */
  PlatformException unsupported(String problem) {
    return TokenizerLimits.unsupported(file, path, problem);
  }
}
