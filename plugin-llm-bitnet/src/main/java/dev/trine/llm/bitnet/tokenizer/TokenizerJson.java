/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import java.util.HashMap;
import java.util.LinkedHashMap;

import java.util.Map;

/** What a tokenizer.json says, checked for shape but not yet for sense. The vocabulary is streamed, not held as a JSON tree. */
final class TokenizerJson {
  private static final long LARGEST_FILE = 256L << 20;
  private static final int DEEPEST_NESTING = 64;
  private static final int LONGEST_STRING = 16 << 20;

  private static final String MERGES = "model.merges";

  private static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST_NESTING)
          .maxNameLength(TokenizerLimits.LONGEST_TOKEN_BYTES).maxStringLength(LONGEST_STRING).build())
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();

  private final String file;
  private final Map<String, JsonSection> sections = new LinkedHashMap<>();
  private final Map<String, JsonSection> modelFields = new HashMap<>();
  private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
  /** Ids of left, right and merged token of each merge. */
  private final TokenIds merges = new TokenIds();
  private boolean hasVocabulary;
  private boolean hasMerges;
  private boolean mergesPrecedeVocabulary;

  private TokenizerJson(String file) {
    this.file = file;
  }

  /** Reads a tokenizer.json. */
  static TokenizerJson read(Path path) {
    var json = new TokenizerJson(path.toString());
    parse(path, json::readTop);
    if (json.mergesPrecedeVocabulary && json.hasVocabulary) {
      json.hasMerges = false;
      parse(path, json::readMergesOnly);
    }
    if (!json.hasVocabulary && !json.modelFields.containsKey("type")) {
      throw TokenizerLimits.invalid(json.file, "model.vocab", "is missing");
    }
    return json;
  }

  /** Reads a whole small JSON file, such as tokenizer_config.json. */
  static JsonSection readTree(Path path) {
    var result = new JsonSection[1];
    String file = path.toString();
    parse(path, parser -> result[0] = JsonSection.read(file, "", parser));
    return result[0];
  }

  @FunctionalInterface
  private interface Reader {
    void read(JsonParser parser) throws IOException;
  }

  private static void parse(Path path, Reader reader) {
    String file = path.toString();
    try {
      if (Files.size(path) > LARGEST_FILE) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "%s: %d bytes; at most %d are read".formatted(file, Files.size(path), LARGEST_FILE));
      }
      try (var input = Files.newInputStream(path); JsonParser parser = JSON.createParser(input)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": is not a JSON object");
        }
        reader.read(parser);
      }
    } catch (IOException e) {
      String detail = e instanceof JsonProcessingException json
          ? json.getOriginalMessage() + " at line " + (json.getLocation() == null ? 0 : json.getLocation().getLineNr())
          : e.toString();
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": cannot be read: " + detail, e);
    }
  }

  private void readTop(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "model" -> readModel(parser);
        case "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder" ->
          sections.put(name, JsonSection.read(file, name, parser));
        default -> parser.skipChildren();
      }
    }
  }

  private void readModel(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw TokenizerLimits.invalid(file, "model", "is not an object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (name.equals("vocab") && token == JsonToken.START_OBJECT) {
        readVocabulary(parser);
      } else if (name.equals("merges") && token == JsonToken.START_ARRAY) {
        readMerges(parser);
      } else if (name.equals("vocab") || name.equals("merges")) {
        parser.skipChildren();
      } else {
        modelFields.put(name, JsonSection.read(file, "model." + name, parser));
      }
    }
  }

  /** The second pass over a file with merges before the vocabulary. */
  private void readMergesOnly(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean model = parser.currentName().equals("model");
      if (parser.nextToken() != JsonToken.START_OBJECT || !model) {
        parser.skipChildren();
        continue;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean mergesMember = parser.currentName().equals("merges");
        if (parser.nextToken() == JsonToken.START_ARRAY && mergesMember) {
          readMerges(parser);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    if (hasVocabulary) {
      throw TokenizerLimits.invalid(file, "model.vocab", "appears twice");
    }
    hasVocabulary = true;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String token = parser.currentName();
      boolean isInt = parser.nextToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT;
      int id = isInt ? parser.getIntValue() : -1;
      if (id < 0 || id >= TokenizerLimits.MOST_TOKENS) {
        throw TokenizerLimits.invalid(file, "model.vocab[" + Quoted.of(token) + "]",
            "is " + Quoted.of(parser.getText()) + ", expected an id from 0 to " + (TokenizerLimits.MOST_TOKENS - 1));
      }
      if (vocabulary.size() == TokenizerLimits.MOST_TOKENS) {
        throw TokenizerLimits.invalid(file, "model.vocab", "has more than " + TokenizerLimits.MOST_TOKENS + " entries");
      }
      if (vocabulary.put(token, id) != null) {
        throw TokenizerLimits.invalid(file, "model.vocab[" + Quoted.of(token) + "]", "appears twice");
      }
    }
  }

  private void readMerges(JsonParser parser) throws IOException {
    if (hasMerges) {
      throw TokenizerLimits.invalid(file, MERGES, "appears twice");
    }
    hasMerges = true;
    if (!hasVocabulary) {
      mergesPrecedeVocabulary = true;
      parser.skipChildren();
      return;
    }
    for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
      if (index == TokenizerLimits.MOST_MERGES) {
        throw TokenizerLimits.invalid(file, MERGES, "has more than " + TokenizerLimits.MOST_MERGES + " entries");
      }
      Merge merge = parser.currentToken() == JsonToken.VALUE_STRING
          ? Merge.parse(file, MERGES, index, parser.getText())
          : readPair(parser, index);
      merges.add(Merge.idOf(vocabulary, merge.left(), file, MERGES, index));
      merges.add(Merge.idOf(vocabulary, merge.right(), file, MERGES, index));
      merges.add(Merge.idOf(vocabulary, merge.merged(), file, MERGES, index));
    }
  }

  private Merge readPair(JsonParser parser, int index) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY && parser.nextToken() == JsonToken.VALUE_STRING) {
      String left = parser.getText();
      if (parser.nextToken() == JsonToken.VALUE_STRING) {
        String right = parser.getText();
        if (parser.nextToken() == JsonToken.END_ARRAY) {
          return new Merge(left, right);
        }
      }
    }
    throw TokenizerLimits.invalid(file, MERGES + "[" + index + "]", "is not a pair of strings");
  }

  String file() {
    return file;
  }

  /** A top-level section; absent if it is missing or null. */
  JsonSection section(String name) {
    return sections.getOrDefault(name, JsonSection.absent(file, name));
  }

  /** A field of the model other than vocabulary and merges. */
  JsonSection modelField(String name) {
    return modelFields.getOrDefault(name, JsonSection.absent(file, "model." + name));
  }

  boolean hasVocabulary() {
    return hasVocabulary;
  }

  boolean hasMerges() {
    return hasMerges;
  }

  /** The model's tokens and their ids. */
  Map<String, Integer> vocabulary() {
    return vocabulary;
  }

  /** Three ids a merge, in order of rank: left, right and merged token. */
  int[] merges() {
    return merges.toArray();
  }
}
