/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The demo model's golden conversations from end to end: template, tokenizer, forward pass, text; tools among them. */
class DemoModelGoldenTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  /** Below it, a different order of float additions may choose another token. */
  private static final double SAFE_MARGIN = 0.02;

  @ParameterizedTest
  @EnumSource(names = {"SCALAR", "VECTOR"})
  void answersAsTheReferenceDoes(KernelChoice.Preference kernel) {
    try (LanguageModel model = DemoModel.open(kernel, 2, LoadOptions.defaults())) {
      List<JsonNode> cases = cases().toList();
      assertEquals(10, cases.size());
      for (JsonNode golden : cases) {
        String name = golden.get("name").asText();
        var prompt = new Prompt.Chat(messages(golden), tools(golden), true, Map.of());
        assertEquals(Arrays.stream(GoldenFiles.ints(golden.get("prompt_ids"))).boxed().toList(), model.tokenize(prompt),
            name + ": prompt ids");
        var text = new StringBuilder();
        var finished = generate(model, prompt, text);
        assertEquals(golden.get("text").asText(), text.toString(), name);
        assertEquals(golden.get("ids").size(), finished.usage().completionTokens(), name + ": tokens");
        assertEquals(FinishReason.STOP, finished.reason(), name);
      }
    }
  }

  private static GenerationEvent.Finished generate(LanguageModel model, Prompt prompt, StringBuilder text) {
    var request = GenerationRequest.builder(prompt).sampling(SamplingOptions.greedy()).build();
    try (var stream = model.generate(request)) {
      while (stream.hasNext()) {
        switch (stream.next()) {
          case GenerationEvent.TextDelta(String delta) -> text.append(delta);
          case GenerationEvent.PromptProgress _ -> {
          }
          case GenerationEvent.Finished finished -> {
            return finished;
          }
        }
      }
    }
    throw new AssertionError("no Finished event");
  }

  private static Stream<JsonNode> cases() {
    return StreamSupport.stream(GoldenFiles.json("trine-tiny/golden.json").get("cases").spliterator(), false)
        .filter(golden -> golden.get("min_margin").asDouble() > SAFE_MARGIN);
  }

  private static List<ChatMessage> messages(JsonNode golden) {
    var messages = new ArrayList<ChatMessage>();
    for (JsonNode message : golden.get("messages")) {
      messages.add(new ChatMessage(message.get("role").asText(), message.get("content").asText()));
    }
    return messages;
  }

  private static List<Map<String, Object>> tools(JsonNode golden) {
    return golden.get("tools").isNull()
        ? List.of()
        : MAPPER.convertValue(golden.get("tools"), new TypeReference<>() {});
  }
}
