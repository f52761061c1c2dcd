/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the chat template of a model. */
public final class ChatTemplates {

  /** Bytes of a template or a tokenizer configuration; the largest published ones have less than a tenth. */
  private static final long MAX_FILE_SIZE = 32L << 20;

  private static final Set<String> BITNET_ARCHITECTURES = Set.of("bitnet-b1.58", "bitnet-25");

  /** Loaded when a JSON file is read, which models in one file have not. */
  private static final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();
  }

  private static final ChatTemplate BITNET = ChatTemplate.compile("built in for BitNet b1.58",
      "{% for message in messages %}"
          + "{% set content = message['role'] | capitalize + ': ' + message['content'] | trim + '<|eot_id|>' %}"
          + "{% if loop.first %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}");

  private static final ChatTemplate CHATML = ChatTemplate.compile("built in for ChatML",
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");

  private ChatTemplates() {}

  /** The template of microsoft/bitnet-b1.58-2B-4T: {@code Role: content<|eot_id|>}. */
  public static ChatTemplate bitnet() {
    return BITNET;
  }

  /** The plain ChatML template, for models that declare none. */
  public static ChatTemplate chatml() {
    return CHATML;
  }

  /**
   * The templates of a Hugging Face model folder: {@code chat_template.jinja} with
   * {@code additional_chat_templates/tool_use.jinja}, else {@code chat_template} of {@code tokenizer_config.json}, which is one
   * template or a list of named ones.
   *
   * @return empty when the model has none
   * @throws PlatformException {@code MODEL_INVALID} for a file that cannot be read or a template that is wrong
   */
  public static Optional<ChatTemplateSet> fromHuggingFace(Path folder) {
    Path jinja = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(jinja)) {
      Path toolUse = folder.resolve("additional_chat_templates").resolve("tool_use.jinja");
      return Optional.of(new ChatTemplateSet(ChatTemplate.compile(jinja.toString(), read(jinja)),
          Files.isRegularFile(toolUse) ? ChatTemplate.compile(toolUse.toString(), read(toolUse)) : null));
    }
    Path config = folder.resolve("tokenizer_config.json");
    if (!Files.isRegularFile(config)) {
      return Optional.empty();
    }
    JsonNode templates = object(config).path("chat_template");
    if (templates.isMissingNode() || templates.isNull()) {
      return Optional.empty();
    }
    String name = config + " (chat_template)";
    if (templates.isTextual()) {
      return Optional.of(new ChatTemplateSet(ChatTemplate.compile(name, templates.textValue()), null));
    }
    return Optional.of(named(config, name, templates));
  }

  private static ChatTemplateSet named(Path config, String name, JsonNode templates) {
    var sources = new LinkedHashMap<String, String>();
    if (!templates.isArray()) {
      throw invalid(config, "chat_template must be a string or a list");
    }
    for (JsonNode template : templates) {
      if (!template.path("name").isTextual() || !template.path("template").isTextual()) {
        throw invalid(config, "an entry of chat_template lacks a name or a template");
      }
      sources.put(template.get("name").textValue(), template.get("template").textValue());
    }
    String standard = sources.get("default");
    String toolUse = sources.get("tool_use");
    if (standard == null) {
      throw invalid(config, "chat_template lists " + sources.keySet() + " and no template called default");
    }
    return new ChatTemplateSet(ChatTemplate.compile(name + ", default", standard),
        toolUse == null ? null : ChatTemplate.compile(name + ", tool_use", toolUse));
  }

  /**
   * The templates of a GGUF file. Files of BitNet models carry wrong ones at times; those are known by the lack of the token that
   * ends every turn.
   *
   * @param file         the file, for messages
   * @param architecture {@code general.architecture}
   * @param standard     {@code tokenizer.chat_template}, null when the file has none
   * @param toolUse      {@code tokenizer.chat_template.tool_use}, null when the file has none
   * @return empty when the file has none and its architecture tells nothing
   * @throws PlatformException {@code MODEL_INVALID} for a template that is wrong
   */
  public static Optional<ChatTemplateSet> fromGguf(String file, String architecture, @Nullable String standard,
      @Nullable String toolUse) {
    if (BITNET_ARCHITECTURES.contains(architecture) && (standard == null || !standard.contains("<|eot_id|>"))) {
      return Optional.of(new ChatTemplateSet(BITNET, null));
    }
    if (standard == null) {
      return Optional.empty();
    }
    return Optional.of(new ChatTemplateSet(ChatTemplate.compile(file + " (tokenizer.chat_template)", standard),
        toolUse == null ? null : ChatTemplate.compile(file + " (tokenizer.chat_template.tool_use)", toolUse)));
  }

  /**
   * The special tokens of a Hugging Face model folder as templates know them, from {@code tokenizer_config.json}: those of
   * {@link ChatTemplate#SPECIAL_TOKEN_VARIABLES} that are set.
   *
   * @throws PlatformException {@code MODEL_INVALID} for a file that cannot be read
   */
  public static Map<String, String> specialTokens(Path folder) {
    Path config = folder.resolve("tokenizer_config.json");
    var tokens = new LinkedHashMap<String, String>();
    if (Files.isRegularFile(config)) {
      JsonNode fields = object(config);
      for (String variable : ChatTemplate.SPECIAL_TOKEN_VARIABLES) {
        JsonNode token = fields.path(variable);
        JsonNode content = token.isObject() ? token.path("content") : token;
        if (content.isTextual()) {
          tokens.put(variable, content.textValue());
        }
      }
    }
    return tokens;
  }

  private static JsonNode object(Path file) {
    try {
      JsonNode root = Json.MAPPER.readTree(read(file));
      if (!root.isObject()) {
        throw invalid(file, "it is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static String read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_SIZE) {
        throw invalid(file, "it has " + size + " bytes, more than " + MAX_FILE_SIZE);
      }
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": not UTF-8", e);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static PlatformException invalid(Path file, String message) {
    return new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": " + message);
  }
}
