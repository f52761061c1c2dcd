/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.GgufMetadata;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.template.ChatTemplates;
import dev.trine.llm.bitnet.tokenizer.GgufVocabulary;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import dev.trine.llm.bitnet.tokenizer.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the metadata of a GGUF file says about text: its vocabulary and its chat templates. */
final class GgufText {

  private static final String PREFIX = "tokenizer.ggml.";
  private static final String TEMPLATE = "tokenizer.chat_template";
  private static final String CHATML_TURN = "<|im_start|>";

  private GgufText() {}

  static Tokenizer tokenizer(Gguf file) {
    GgufMetadata metadata = file.metadata();
    String model = metadata.string(PREFIX + "model");
    var vocabulary = GgufVocabulary.builder(model, metadata.byteStringArray(PREFIX + "tokens"))
        .preTokenizer(has(metadata, "pre") ? metadata.string(PREFIX + "pre") : null)
        .scores(has(metadata, "scores") ? metadata.floatArray(PREFIX + "scores") : null)
        .types(has(metadata, "token_type") ? metadata.intArray(PREFIX + "token_type") : null)
        .merges(has(metadata, "merges") ? metadata.byteStringArray(PREFIX + "merges") : null)
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

  /** The file's own templates; ChatML for a file that has none and whose vocabulary has ChatML's tokens. */
  static Optional<ChatTemplateSet> chatTemplates(Gguf file, String architecture) {
    GgufMetadata metadata = file.metadata();
    return ChatTemplates
        .fromGguf(file.path().toString(), architecture, string(metadata, TEMPLATE),
            string(metadata, TEMPLATE + ".tool_use"))
        .or(() -> hasToken(metadata, CHATML_TURN)
            ? Optional.of(new ChatTemplateSet(ChatTemplates.chatml(), null))
            : Optional.empty());
  }

  private static @Nullable String string(GgufMetadata metadata, String key) {
    return metadata.contains(key) ? metadata.string(key) : null;
  }

  private static boolean hasToken(GgufMetadata metadata, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return has(metadata, "tokens")
        && metadata.byteStringArray(PREFIX + "tokens").stream().anyMatch(token -> Arrays.equals(token, bytes));
  }

  /** {@code bos_token} and {@code eos_token} as the vocabulary writes them. */
  static Map<String, Object> templateVariables(Gguf file) {
    GgufMetadata metadata = file.metadata();
    var variables = new LinkedHashMap<String, Object>();
    token(metadata, "bos_token_id").ifPresent(token -> variables.put("bos_token", token));
    token(metadata, "eos_token_id").ifPresent(token -> variables.put("eos_token", token));
    return variables;
  }

  private static Optional<String> token(GgufMetadata metadata, String name) {
    Integer id = id(metadata, name);
    if (id == null) {
      return Optional.empty();
    }
    var tokens = metadata.byteStringArray(PREFIX + "tokens");
    return id < tokens.size() ? Optional.of(new String(tokens.get(id), StandardCharsets.UTF_8)) : Optional.empty();
  }
}
