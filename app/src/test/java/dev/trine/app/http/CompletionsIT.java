/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.llm.Prompt;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CompletionsIT {

  private static ServerFixture fixture;

  @BeforeAll
  static void start() {
    fixture = ServerFixture.start();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @BeforeEach
  void script() {
    fixture.model.requests.clear();
    fixture.model.script(FakeLanguageModel.say(" up", "on").toArray(FakeLanguageModel.Step[]::new));
  }

  private static List<Prompt> prompts() {
    return fixture.model.requests.stream().map(request -> request.prompt()).toList();
  }

  @Test
  void continuesAText() {
    var response = fixture.post("/v1/completions", "{\"prompt\":\"Once\",\"echo\":true}");
    assertEquals(200, response.statusCode(), response.body());
    JsonNode body = ServerFixture.json(response);
    assertTrue(body.get("id").textValue().startsWith("cmpl-"));
    assertEquals("text_completion", body.get("object").textValue());
    assertEquals(
        ServerFixture.json("{\"text\":\"Once upon\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}"),
        body.get("choices").get(0));
    assertEquals(13, body.get("usage").get("total_tokens").intValue());
    assertEquals(4, body.get("usage").get("cached_tokens").intValue());
    assertEquals(List.of(new Prompt.Text("Once")), prompts());
  }

  @Test
  void answersEachOfSeveralPrompts() {
    JsonNode body = ServerFixture.json(fixture.post("/v1/completions", "{\"prompt\":[\"a\",[1,2.0],\"c\"]}"));
    assertEquals(3, body.get("choices").size());
    assertEquals(2, body.get("choices").get(2).get("index").intValue());
    assertEquals(39, body.get("usage").get("total_tokens").intValue());
    assertEquals(List.of(new Prompt.Text("a"), new Prompt.Tokens(List.of(1, 2)), new Prompt.Text("c")), prompts());
  }

  @Test
  void takesTokenIdsAndMixtures() {
    fixture.post("/v1/completions", "{\"prompt\":[5,6]}");
    fixture.post("/v1/completions", "{\"prompt\":[\"A\",5,\"B\"]}");
    fixture.post("/v1/completions", "{\"prompt\":[[5],[6]]}");
    assertEquals(List.of(new Prompt.Tokens(List.of(5, 6)), new Prompt.Tokens(List.of(1, 65, 5, 66)),
        new Prompt.Tokens(List.of(5)), new Prompt.Tokens(List.of(6))), prompts());
  }

  @Test
  void takesMixturesForAModelThatOpensNoTextAndRefusesTheEmptyOne() {
    fixture.model.opensTexts(false);
    try {
      assertEquals(200, fixture.post("/v1/completions", "{\"prompt\":[5,\"a\",\"b\"]}").statusCode());
    } finally {
      fixture.model.opensTexts(true);
    }
    assertEquals(List.of(new Prompt.Tokens(List.of(5, 97, 98))), prompts());
  }

  @Test
  void takesSixtyFourDifferentStopTextsAndNoMore() {
    var many = java.util.stream.IntStream.range(0, 65).mapToObj(i -> "\"s" + i + "\"").toList();
    var refused = fixture.post("/v1/completions", "{\"prompt\":\"x\",\"stop\":" + many + "}");
    assertEquals(400, refused.statusCode(), refused.body());
    JsonNode error = ServerFixture.json(refused).get("error");
    assertEquals("stop", error.get("param").textValue());
    assertEquals("invalid_value", error.get("code").textValue());
    assertTrue(error.get("message").textValue().contains("64"), refused.body());
    assertEquals(200, fixture.post("/v1/completions", "{\"prompt\":\"x\",\"stop\":" + many.subList(0, 64) + "}")
        .statusCode());
    assertEquals(200, fixture.post("/v1/completions",
        "{\"prompt\":\"x\",\"stop\":" + java.util.Collections.nCopies(100, "\"s\"") + "}").statusCode());
    assertEquals(List.of("s"), fixture.model.lastRequest().stop());
  }

  @Test
  void streamsEachPrompt() {
    List<String> events = ServerFixture.events(fixture.post("/v1/completions",
        "{\"prompt\":[\"a\",\"b\"],\"stream\":true,\"echo\":true,\"stream_options\":{\"include_usage\":true}}").body());
    assertEquals("[DONE]", events.getLast());
    var text = new StringBuilder();
    var reasons = new StringBuilder();
    for (String event : events.subList(0, events.size() - 2)) {
      JsonNode choice = ServerFixture.json(event).get("choices").get(0);
      text.append(choice.get("index").intValue()).append(choice.get("text").textValue()).append(';');
      reasons.append(choice.get("finish_reason").asText()).append(';');
    }
    assertEquals("0a;0 up;0on;0;1b;1 up;1on;1;", text.toString());
    assertEquals("null;null;null;stop;null;null;null;stop;", reasons.toString());
    assertEquals(26,
        ServerFixture.json(events.get(events.size() - 2)).get("usage").get("total_tokens").intValue());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {}                                  | prompt     | invalid_value
      {"prompt":5}                        | prompt     | invalid_value
      {"prompt":[]}                       | prompt     | invalid_value
      {"prompt":[[]]}                     | prompt[0]  | invalid_value
      {"prompt":[1,true]}                 | prompt[1]  | invalid_value
      {"prompt":[1,-2]}                   | prompt[1]  | invalid_value
      {"prompt":[1,1.5]}                  | prompt[1]  | invalid_value
      {"prompt":[1,99999999999]}          | prompt[1]  | invalid_value
      {"prompt":"x","best_of":2}          | best_of    | invalid_value
      {"prompt":"x","suffix":"y"}         | suffix     | unsupported_field
      {"prompt":"x","logprobs":3}         | logprobs   | unsupported_field
      {"prompt":[1],"echo":true}          | echo       | unsupported_field
      """)
  void refusesByName(String body, String parameter, String code) {
    var response = fixture.post("/v1/completions", body);
    assertEquals(400, response.statusCode(), response.body());
    JsonNode error = ServerFixture.json(response).get("error");
    assertEquals(parameter, error.get("param").textValue());
    assertEquals(code, error.get("code").textValue());
    assertEquals(List.of(), prompts());
  }

  @Test
  void refusesAnOverlongPromptBeforeAnsweringTheFirst() {
    var response = fixture.post("/v1/completions", "{\"prompt\":[\"a\",\"" + "b".repeat(5000) + "\"]}");
    assertEquals(400, response.statusCode());
    assertEquals("exceed_context_size_error", ServerFixture.json(response).get("error").get("type").textValue());
    assertEquals(List.of(), prompts());
  }

  @Test
  void hasNoDoubleWithoutTheVersion() {
    assertEquals(404, fixture.post("/completions", "{\"prompt\":\"x\"}").statusCode());
  }
}
