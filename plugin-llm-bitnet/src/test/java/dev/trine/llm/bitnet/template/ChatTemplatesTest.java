/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChatTemplatesTest {

  @TempDir
  Path folder;

  private void config(String json) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), json);
  }

  private String render(boolean withTools) {
    return ChatTemplates.fromHuggingFace(folder).orElseThrow().forRequest(withTools).render(Map.of());
  }

  @Test
  void aModelMayHaveNoTemplate() throws IOException {
    assertTrue(ChatTemplates.fromHuggingFace(folder).isEmpty());
    config("{\"bos_token\": \"<s>\"}");
    assertTrue(ChatTemplates.fromHuggingFace(folder).isEmpty());
  }

  @Test
  void takesTheTemplateOfTheTokenizerConfiguration() throws IOException {
    config("{\"chat_template\": \"config{{ 1 }}\"}");
    assertEquals("config1", render(false));
    assertEquals("config1", render(true));
  }

  @Test
  void choosesByToolsAmongNamedTemplates() throws IOException {
    config("""
        {"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "plain"},
          {"name": "rag", "template": "{% nothing we understand %}"}]}""");
    assertEquals("plain", render(false));
    assertEquals("tools", render(true));
  }

  @Test
  void prefersTheTemplateFile() throws IOException {
    config("{\"chat_template\": \"config\"}");
    Files.writeString(folder.resolve("chat_template.jinja"), "file\n");
    assertEquals("file", render(true));
    Path more = Files.createDirectory(folder.resolve("additional_chat_templates"));
    Files.writeString(more.resolve("tool_use.jinja"), "tools");
    assertEquals("file", render(false));
    assertEquals("tools", render(true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"chat_template\": 5}", "{\"chat_template\": {}}",
      "{\"chat_template\": [{\"name\": \"default\"}]}", "{\"chat_template\": [{\"name\": \"x\", \"template\": \"x\"}]}",
      "{\"chat_template\": \"{% if\"}"})
  void refusesBrokenConfigurations(String json) throws IOException {
    config(json);
    var failure = assertThrows(PlatformException.class, () -> ChatTemplates.fromHuggingFace(folder));
    assertEquals(StandardErrorCode.MODEL_INVALID, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).contains("tokenizer_config.json"), failure.getMessage());
  }

  @Test
  void refusesTemplatesThatAreNotText() throws IOException {
    Files.write(folder.resolve("chat_template.jinja"), new byte[]{'a', (byte) 0xff});
    var failure = assertThrows(PlatformException.class, () -> ChatTemplates.fromHuggingFace(folder));
    assertTrue(String.valueOf(failure.getMessage()).contains("UTF-8"), failure.getMessage());
  }

  @Test
  void readsSpecialTokens() throws IOException {
    assertEquals(Map.of(), ChatTemplates.specialTokens(folder));
    config("{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", \"pad_token\": null, \"other\": \"x\"}");
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>"), ChatTemplates.specialTokens(folder));
  }

  @Test
  void correctsBitNetTemplatesOfGgufFiles() {
    for (String architecture : new String[]{"bitnet-b1.58", "bitnet-25"}) {
      assertSame(ChatTemplates.bitnet(),
          ChatTemplates.fromGguf("m.gguf", architecture, null, null).orElseThrow().forRequest(false));
      assertSame(ChatTemplates.bitnet(),
          ChatTemplates.fromGguf("m.gguf", architecture, "wrong", "wrong").orElseThrow().forRequest(true));
      assertEquals("<|eot_id|>", ChatTemplates.fromGguf("m.gguf", architecture, "<|eot_id|>", null).orElseThrow()
          .forRequest(true).source());
    }
    assertTrue(ChatTemplates.fromGguf("m.gguf", "llama", null, null).isEmpty());
    assertEquals("tools",
        ChatTemplates.fromGguf("m.gguf", "llama", "plain", "tools").orElseThrow().forRequest(true).source());
  }
}
