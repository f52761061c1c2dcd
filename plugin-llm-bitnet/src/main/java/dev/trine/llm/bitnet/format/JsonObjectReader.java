/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A JSON object from a model's folder, with typed access whose errors name file, field, value and what was expected. */
final class JsonObjectReader {

  private static final int MAX_BYTES = 16 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private final Path file;
  private final String prefix;
  private final JsonNode object;

  private JsonObjectReader(Path file, String prefix, JsonNode object) {
    this.file = file;
    this.prefix = prefix;
    this.object = object;
  }

  /** @throws PlatformException {@code MODEL_INVALID} when the file cannot be read or holds no JSON object */
  static JsonObjectReader read(Path file) {
    try {
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MAX_BYTES + 1);
      }
      if (bytes.length > MAX_BYTES) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            file + " has more than the " + MAX_BYTES + " bytes that such a file may have");
      }
      JsonNode node = MAPPER.readTree(bytes);
      if (!node.isObject()) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + " holds no JSON object");
      }
      return new JsonObjectReader(file, "", node);
    } catch (JsonProcessingException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID,
          file + " is not valid JSON: " + e.getOriginalMessage(),
          e);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + " cannot be read: " + e, e);
    }
  }

  /** The object of a folder's file, or empty when there is no such file. */
  static Optional<JsonObjectReader> readIfPresent(Path file) {
    return Files.isRegularFile(file) ? Optional.of(read(file)) : Optional.empty();
  }

  private @Nullable JsonNode get(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? null : value;
  }

  boolean has(String field) {
    return get(field) != null;
  }

  /** A nested object; empty when it is absent. */
  Optional<JsonObjectReader> object(String field) {
    JsonNode value = get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isObject()) {
      throw wrong(field, value, "an object");
    }
    return Optional.of(new JsonObjectReader(file, prefix + field + ".", value));
  }

  Optional<String> string(String field) {
    JsonNode value = get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(field, value, "a string");
    }
    return Optional.of(value.textValue());
  }

  boolean flag(String field, boolean fallback) {
    JsonNode value = get(field);
    if (value == null) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw wrong(field, value, "true or false");
    }
    return value.booleanValue();
  }

  Optional<Integer> integer(String field, int min, int max) {
    JsonNode value = get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue()) || value.doubleValue() < min
        || value.doubleValue() > max) {
      throw wrong(field, value, "a whole number from " + min + " to " + max);
    }
    return Optional.of((int) value.doubleValue());
  }

  int requireInteger(String field, int min, int max) {
    return integer(field, min, max)
        .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_INVALID, file + " has no " + prefix + field));
  }

  Optional<Double> number(String field, double min, double max) {
    JsonNode value = get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber() || !(value.doubleValue() >= min && value.doubleValue() <= max)) {
      throw wrong(field, value, "a number from " + min + " to " + max);
    }
    return Optional.of(value.doubleValue());
  }

  /** One whole number or a list of them; empty when the field is absent. */
  List<Integer> integers(String field, int min, int max) {
    JsonNode value = get(field);
    var result = new ArrayList<Integer>();
    if (value == null) {
      return result;
    }
    Iterable<JsonNode> elements = value.isArray() ? value : List.of(value);
    for (JsonNode element : elements) {
      if (!element.isIntegralNumber() || !element.canConvertToInt() || element.intValue() < min
          || element.intValue() > max) {
        throw wrong(field, value, "whole numbers from " + min + " to " + max);
      }
      result.add(element.intValue());
    }
    return result;
  }

  /** A list of strings; empty when the field is absent. */
  List<String> strings(String field) {
    JsonNode value = get(field);
    var result = new ArrayList<String>();
    if (value == null) {
      return result;
    }
    if (!value.isArray()) {
      throw wrong(field, value, "a list of strings");
    }
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        throw wrong(field, value, "a list of strings");
      }
      result.add(element.textValue());
    }
    return result;
  }

  /** A string or the first of a list of strings; empty when the field is absent. */
  Optional<String> firstString(String field) {
    JsonNode value = get(field);
    if (value == null || (value.isArray() && value.isEmpty())) {
      return Optional.empty();
    }
    JsonNode first = value.isArray() ? value.get(0) : value;
    if (!first.isTextual()) {
      throw wrong(field, value, "a string or a list of strings");
    }
    return Optional.of(first.textValue());
  }

  PlatformException wrong(String field, Object value, String expected) {
    String text = value.toString();
    return new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": " + prefix + field + " is "
        + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + ", expected " + expected);
  }
}
