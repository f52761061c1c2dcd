/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.llm.bitnet.tokenizer.TextFragment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Renderings equal to those of transformers' chat-template environment. */
class ChatTemplateGoldenTest {

  @TestFactory
  List<DynamicTest> rendersSnippets() throws IOException {
    return snippets("snippets.json", 91);
  }

  @TestFactory
  List<DynamicTest> rendersMoreSnippets() throws IOException {
    return snippets("more-snippets.json", 258);
  }

  private static List<DynamicTest> snippets(String file, int count) throws IOException {
    Map<String, @Nullable Object> context = GoldenFiles.variables(GoldenFiles.resource("snippets.json").get("context"));
    var tests = new ArrayList<DynamicTest>();
    for (JsonNode snippet : GoldenFiles.resource(file).get("cases")) {
      String template = snippet.get("template").textValue();
      tests.add(dynamicTest(template, () -> check(template, context, snippet)));
    }
    assertEquals(count, tests.size());
    return tests;
  }

  @TestFactory
  List<DynamicTest> rendersPublishedTemplates() throws IOException {
    String data = System.getProperty("trine.data", "");
    if (data.isEmpty()) {
      return List.of(dynamicTest("published templates", () -> Assumptions.abort("needs -Dtrine.data")));
    }
    Path folder = Path.of(data, "chat-templates");
    JsonNode golden = GoldenFiles.JSON.readTree(folder.resolve("cases.json").toFile());
    var tests = new ArrayList<DynamicTest>();
    for (JsonNode conversation : golden.get("cases")) {
      String file = conversation.get("template").textValue();
      String name = conversation.get("case").textValue();
      tests.add(dynamicTest(file + ", " + name, () -> {
        Map<String, @Nullable Object> variables = GoldenFiles.variables(golden.get("contexts").get(name));
        variables.put("bos_token", golden.get("bos_token").textValue());
        variables.put("eos_token", golden.get("eos_token").textValue());
        check(Files.readString(folder.resolve(file)), variables, conversation);
      }));
    }
    assertEquals(228, tests.size());
    return tests;
  }

  @TestFactory
  List<DynamicTest> rendersDemoModelPrompts() throws IOException {
    JsonNode golden = GoldenFiles.resource("trine-tiny.json");
    var template = ChatTemplate.compile("trine-tiny", golden.get("template").textValue());
    var tests = new ArrayList<DynamicTest>();
    for (JsonNode conversation : golden.get("cases")) {
      tests.add(dynamicTest(conversation.get("name").textValue(), () -> {
        Map<String, @Nullable Object> variables = GoldenFiles.variables(conversation);
        variables.put("add_generation_prompt", true);
        assertEquals(conversation.get("prompt").textValue(), template.render(variables));
      }));
    }
    assertFalse(tests.isEmpty());
    return tests;
  }

  @Test
  void rendersBitNetConversation() {
    var user = Map.of("role", "user", "content", " Hi <|eot_id|> ");
    var assistant = Map.of("role", "assistant", "content", "Hello!");
    Map<String, Object> variables = Map.of("messages", List.of(user, assistant, user), "bos_token", "<|begin_of_text|>",
        "add_generation_prompt", true);

    String expected = "<|begin_of_text|>User: Hi <|eot_id|><|eot_id|>Assistant: Hello!<|eot_id|>User: Hi <|eot_id|><|eot_id|>"
        + "Assistant: ";
    assertEquals(expected, ChatTemplates.bitnet().render(variables));
  }

  private static void check(String source, Map<String, @Nullable Object> variables, JsonNode expected) {
    if (expected.has("text")) {
      var template = ChatTemplate.compile("golden", source)
          .withClock(InstantSource.fixed(Instant.parse("2024-09-05T07:08:09Z")), ZoneOffset.UTC);
      assertEquals(expected.get("text").textValue(), template.render(variables));
      List<TextFragment> fragments = template.renderFragments(variables);
      assertEquals(expected.get("text").textValue(), GoldenFiles.joined(fragments));
      return;
    }
    var failure = assertThrows(PlatformException.class, () -> ChatTemplate.compile("golden", source).render(variables));
    if (expected.get("error").textValue().equals("TemplateError")) {
      String message = String.valueOf(failure.getMessage());
      assertTrue(message.contains(expected.get("message").textValue()), message);
    }
  }
}
