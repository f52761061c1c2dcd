/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.GgufMetadata;
import dev.trine.llm.bitnet.template.ChatTemplate;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.tokenizer.GgufVocabulary;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import dev.trine.llm.bitnet.tokenizer.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the metadata of a GGUF file says about text: its vocabulary and its chat templates. */
final class GgufText {

  private static final String PREFIX = "tokenizer.ggml.";
  private static final String TEMPLATE = "tokenizer.chat_template";
  /** Models whose files carry a template of another model unless it has this token. */
  private static final Set<String> BITNET_2B = Set.of("bitnet-25", "bitnet-b1.58");
  private static final String BITNET_2B_TURN_END = "<|eot_id|>";

  private GgufText() {}

  static Tokenizer tokenizer(Gguf file) {
    GgufMetadata metadata = file.metadata();
    String model = metadata.string(PREFIX + "model");
    var vocabulary = GgufVocabulary.builder(model, metadata.byteStringArray(PREFIX + "tokens"))
        .preTokenizer(has(metadata, "pre") ? metadata.string(PREFIX + "pre") : null)
        .scores(has(metadata, "scores") ? metadata.floatArray(PREFIX + "scores") : null)
        .types(has(metadata, "token_type") ? metadata.intArray(PREFIX + "token_type") : null)
        .merges(has(metadata, "merges") ? metadata.stringArray(PREFIX + "merges") : null)
        .beginOfTextId(id(metadata, "bos_token_id")).endOfTextId(id(metadata, "eos_token_id"))
        .endOfTurnId(id(metadata, "eot_token_id")).endOfMessageId(id(metadata, "eom_token_id"))
        .unknownId(id(metadata, "unknown_token_id")).addBeginOfText(flag(metadata, "add_bos_token"))
        .addEndOfText(flag(metadata, "add_eos_token")).addSpacePrefix(flag(metadata, "add_space_prefix")).build();
    return Tokenizers.fromGguf(file.path().toString(), vocabulary);
  }

  private static boolean has(GgufMetadata metadata, String name) {
    return metadata.contains(PREFIX + name);
  }

  private static @Nullable Integer id(GgufMetadata metadata, String name) {
    return has(metadata, name) ? (Integer) metadata.uint(PREFIX + name, 0, Integer.MAX_VALUE) : null;
  }

  private static @Nullable Boolean flag(GgufMetadata metadata, String name) {
    return has(metadata, name) ? (Boolean) metadata.bool(PREFIX + name) : null;
  }
