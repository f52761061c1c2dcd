/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a tokenizer_config.json adds to a tokenizer.json.
 *
 * @param beginOfText text of the beginning-of-text token
 * @param endOfText text of the end-of-text token
 * @param addBeginOfText whether a text begins with the former; empty: as the tokenizer.json says
 * @param addEndOfText whether a text ends with the latter; empty: as the tokenizer.json says
 * @param addedTokens further added tokens
 */
record TokenizerSettings(Optional<String> beginOfText, Optional<String> endOfText, Optional<Boolean> addBeginOfText,
    Optional<Boolean> addEndOfText, List<AddedToken> addedTokens) {

  static final TokenizerSettings NONE = new TokenizerSettings(Optional.empty(), Optional.empty(), Optional.empty(),
      Optional.empty(), List.of());

  /** Reads a tokenizer_config.json. */
  static TokenizerSettings read(Path path) {
    JsonSection top = TokenizerJson.readTree(path);
    var addedTokens = new ArrayList<AddedToken>();
    JsonSection decoder = top.get("added_tokens_decoder");
    if (!decoder.isAbsent()) {
      for (Map.Entry<String, JsonNode> member : decoder.node().properties()) {
        JsonSection token = decoder.get(member.getKey());
        if (!member.getKey().matches("[0-9]{1,7}")) {
          throw decoder.invalid("has the member " + Quoted.of(member.getKey()) + ", expected token ids");
        }
        addedTokens.add(addedToken(
            TokenizerLimits.checkId(top.file(), token.path(), Integer.parseInt(member.getKey())), token));
      }
    }
    return new TokenizerSettings(tokenText(top.get("bos_token")), tokenText(top.get("eos_token")),
        flag(top.get("add_bos_token")), flag(top.get("add_eos_token")), List.copyOf(addedTokens));
  }

  /** Reads the fields that tokenizer.json and tokenizer_config.json have in common for an added token. */
  static AddedToken addedToken(int id, JsonSection token) {
    boolean special = token.get("special").bool(false);
    return new AddedToken(id, token.get("content").text(), special, token.get("lstrip").bool(false),
        token.get("rstrip").bool(false), token.get("single_word").bool(false),
        token.get("normalized").bool(!special));
  }

  private static Optional<String> tokenText(JsonSection section) {
    if (section.isAbsent()) {
      return Optional.empty();
    }
    return Optional.of(section.node().isObject() ? section.get("content").text() : section.text());
  }

  private static Optional<Boolean> flag(JsonSection section) {
    return section.isAbsent() ? Optional.empty() : Optional.of(section.bool(false));
  }
}
