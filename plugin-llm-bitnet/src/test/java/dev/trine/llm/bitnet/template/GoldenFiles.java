/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trine.llm.bitnet.tokenizer.TextFragment;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the stored references. */
final class GoldenFiles {

  static final ObjectMapper JSON = new ObjectMapper();

  private GoldenFiles() {}

  static JsonNode resource(String name) throws IOException {
    try (
        InputStream in = Objects.requireNonNull(GoldenFiles.class.getResourceAsStream("/golden/jinja/" + name), name)) {
      return JSON.readTree(in);
    }
  }

  /** The members of a JSON object as maps, lists, strings, numbers, booleans and nulls, in their order. */
  static Map<String, @Nullable Object> variables(JsonNode object) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    object.properties().forEach(member -> map.put(member.getKey(), plain(member.getValue())));
    return map;
  }

  private static @Nullable Object plain(JsonNode node) {
    if (node.isObject()) {
      return variables(node);
    }
    if (node.isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      node.forEach(item -> list.add(plain(item)));
      return list;
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    return node.isNull() ? null : node.numberValue();
  }

  static String joined(List<TextFragment> fragments) {
    var text = new StringBuilder();
    fragments.forEach(fragment -> text.append(fragment.text()));
    return text.toString();
  }
}
