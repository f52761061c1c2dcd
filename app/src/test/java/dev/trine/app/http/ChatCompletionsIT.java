/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChatCompletionsIT {

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
    fixture.model.script(FakeLanguageModel.say("Blue", ".").toArray(FakeLanguageModel.Step[]::new));
  }

  @Test
  void answersWithEveryFieldOfTheDialect() {
    var response = fixture.chat("\"model\":\"friend\"");
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("application/json; charset=utf-8", response.headers().firstValue("content-type").orElse(""));
    JsonNode body = ServerFixture.json(response);
    assertTrue(body.get("id").textValue().startsWith("chatcmpl-"));
    assertEquals("chat.completion", body.get("object").textValue());
    assertTrue(body.get("created").longValue() > 1_700_000_000L);
    assertEquals("friend", body.get("model").textValue());
    assertTrue(body.get("system_fingerprint").textValue().startsWith("b"));
    JsonNode choice = body.get("choices").get(0);
    assertEquals(ServerFixture.json("{\"role\":\"assistant\",\"content\":\"Blue.\"}"), choice.get("message"));
    assertEquals("stop", choice.get("finish_reason").textValue());
    assertTrue(choice.has("logprobs") && choice.get("logprobs").isNull());
    assertFalse(choice.has("delta"));
    assertEquals(ServerFixture.json("""
        {"prompt_tokens":11,"completion_tokens":2,"total_tokens":13,"cached_tokens":4,
         "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}"""),
        body.get("usage"));
    assertEquals(7, body.get("timings").get("prompt_n").intValue());
    assertEquals(350.0, body.get("timings").get("prompt_per_second").doubleValue(), 1e-9);
  }

  @Test
  void streamsRoleTextReasonAndDone() {
    var response = fixture.chat("\"stream\":true");
    assertEquals(200, response.statusCode(), response.body());
    assertTrue(response.headers().firstValue("content-type").orElse("").startsWith("text/event-stream"));
    assertEquals("no-cache", response.headers().firstValue("cache-control").orElse(""));
    assertEquals("no", response.headers().firstValue("x-accel-buffering").orElse(""));
    List<String> events = ServerFixture.events(response.body());
    assertEquals("[DONE]", events.getLast());
    List<JsonNode> chunks = events.subList(0, events.size() - 1).stream().map(ServerFixture::json).toList();
    assertEquals(4, chunks.size());
    assertEquals(ServerFixture.json("{\"role\":\"assistant\",\"content\":null}"), delta(chunks.get(0)));
    assertEquals(ServerFixture.json("{\"content\":\"Blue\"}"), delta(chunks.get(1)));
    assertEquals(ServerFixture.json("{\"content\":\".\"}"), delta(chunks.get(2)));
    assertEquals(ServerFixture.json("{}"), delta(chunks.get(3)));
    assertEquals("stop", chunks.get(3).get("choices").get(0).get("finish_reason").textValue());
    assertEquals(2, chunks.get(3).get("timings").get("predicted_n").intValue());
    for (JsonNode chunk : chunks) {
      assertEquals("chat.completion.chunk", chunk.get("object").textValue());
      assertEquals(chunks.getFirst().get("id"), chunk.get("id"));
      assertEquals("org/tiny-a", chunk.get("model").textValue());
      assertFalse(chunk.has("usage"));
    }
    assertTrue(chunks.subList(0, 3).stream()
        .allMatch(chunk -> chunk.get("choices").get(0).get("finish_reason").isNull()));
  }

  private static JsonNode delta(JsonNode chunk) {
    return chunk.get("choices").get(0).get("delta");
  }

  @Test
  void streamsUsageWhenAskedFor() {
    List<String> events = ServerFixture
        .events(fixture.chat("\"stream\":true,\"stream_options\":{\"include_usage\":true}").body());
    JsonNode usage = ServerFixture.json(events.get(events.size() - 2));
    assertEquals(0, usage.get("choices").size());
    assertEquals(13, usage.get("usage").get("total_tokens").intValue());
    assertTrue(usage.has("timings"));
    assertEquals("[DONE]", events.getLast());
  }

  @Test
  void streamThatFailsEndsWithAnErrorAndWithoutDone() {
    fixture.model.script(new FakeLanguageModel.Step.Say("Bl"),
        new FakeLanguageModel.Step.Fail(new IllegalStateException("secret of the engine")));
    List<String> events = ServerFixture.events(fixture.chat("\"stream\":true").body());
    JsonNode error = ServerFixture.json(events.getLast()).get("error");
    assertEquals("server_error", error.get("type").textValue());
    assertFalse(error.toString().contains("secret"), error.toString());
    assertEquals(3, events.size());
  }

  @Test
  void tellsTheTruthAboutTheReason() {
    fixture.model.script(new FakeLanguageModel.Step.Say("x"), new FakeLanguageModel.Step.End(FinishReason.LENGTH));
    assertEquals("length",
        ServerFixture.json(fixture.chat("")).get("choices").get(0).get("finish_reason").textValue());
  }

  @Test
  void passesOnEveryField() {
    fixture.chat("""
        "temperature":0,"top_k":5.0,"top_p":0,"min_p":0.1,"repeat_penalty":1.2,"repeat_last_n":-1,
        "presence_penalty":-3,"frequency_penalty":0.5,"seed":7,"stop":["a","","b"],"max_tokens":9,"ignore_eos":true,
        "max_completion_tokens":8,"unknown":{"x":1},"tools":[],"response_format":{"type":"text"},"n":1.0,"user":"u"
        """);
    var request = fixture.model.lastRequest();
    assertEquals(SamplingOptions.builder().temperature(0.0).topK(5).topP(0.0).minP(0.1).repetitionPenalty(1.2)
        .penaltyLookback(-1).presencePenalty(-3.0).frequencyPenalty(0.5).seed(7L).build(), request.sampling());
    assertEquals(List.of("a", "b"), request.stop());
    assertEquals(8, request.maxTokens());
    assertTrue(request.ignoreEnd());
  }

  @Test
  void leavesUnsetWhatIsAbsentOrNull() {
    fixture.chat("\"temperature\":null,\"stop\":null,\"max_tokens\":null,\"model\":null,\"stream\":null,\"n\":null");
    assertEquals(SamplingOptions.unset(), fixture.model.lastRequest().sampling());
    assertEquals(-1, fixture.model.lastRequest().maxTokens());
    assertEquals(List.of(), fixture.model.lastRequest().stop());
  }

  @ParameterizedTest
  @CsvSource({"max_tokens,0,-1", "max_tokens,-1,-1", "max_tokens,5,5", "max_completion_tokens,0,-1", "n_predict,0,0",
      "n_predict,-1,-1", "n_predict,3.0,3"})
  void readsTokenLimits(String field, String value, int expected) {
    assertEquals(200, fixture.chat("\"" + field + "\":" + value).statusCode());
    assertEquals(expected, fixture.model.lastRequest().maxTokens());
  }

  @Test
  void joinsTextPartsAndKnowsTheDeveloper() {
    fixture.post("/v1/chat/completions", """
        {"messages":[{"role":"developer","content":"Be brief"},
          {"role":"user","name":"Ann","content":[{"type":"text","text":"a"},{"type":"input_text","text":"b"}]}]}""");
    var chat = (Prompt.Chat) fixture.model.lastRequest().prompt();
    assertEquals("system", chat.messages().get(0).role());
    assertEquals("ab", chat.messages().get(1).content());
    assertEquals(Map.of("name", "Ann"), chat.messages().get(1).extra());
    assertTrue(chat.addGenerationPrompt());
  }

  @Test
  void continuesTheAssistantsWords() {
    fixture.post("/v1/chat/completions",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":\"The\"}]}");
    assertFalse(((Prompt.Chat) fixture.model.lastRequest().prompt()).addGenerationPrompt());
  }

  @Test
  void keepsToolCallsOfTheHistory() {
    fixture.post("/v1/chat/completions",
        """
            {"messages":[{"role":"user","content":"Q"},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c","content":"4"}]}""");
    var messages = ((Prompt.Chat) fixture.model.lastRequest().prompt()).messages();
    assertNull(messages.get(1).content());
    assertEquals(
        List.of(Map.of("id", "c", "type", "function", "function", Map.of("name", "f", "arguments", "{}"))),
        messages.get(1).extra().get("tool_calls"));
    assertEquals("c", messages.get(2).extra().get("tool_call_id"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      "temperature":-0.1           | temperature        | invalid_value
      "temperature":"0.5"          | temperature        | invalid_value
      "temperature":1e999          | temperature        | invalid_value
      "top_p":1.5                  | top_p              | invalid_value
      "min_p":-1                   | min_p              | invalid_value
      "top_k":-1                   | top_k              | invalid_value
      "top_k":1.5                  | top_k              | invalid_value
      "top_k":99999999999999999999 | top_k              | invalid_value
      "repeat_penalty":-1          | repeat_penalty     | invalid_value
      "rep_penalty_lookback":-2    | rep_penalty_lookback | invalid_value
      "max_tokens":-2              | max_tokens         | invalid_value
      "max_tokens":"5"             | max_tokens         | invalid_value
      "stop":5                     | stop               | invalid_value
      "stop":[1]                   | stop               | invalid_value
      "stream":"yes"               | stream             | invalid_value
      "n":2                        | n                  | invalid_value
      "n":0                        | n                  | invalid_value
      "seed":"x"                   | seed               | invalid_value
      "model":5                    | model              | invalid_value
      "model":"other"              | model              | model_not_found
      "logprobs":true              | logprobs           | unsupported_field
      "top_logprobs":3             | top_logprobs       | unsupported_field
      "tools":[{"type":"function"}] | tools             | unsupported_field
      "tool_choice":"required"     | tool_choice        | unsupported_field
      "response_format":{"type":"json_object"} | response_format | unsupported_field
      "json_schema":{}             | json_schema        | unsupported_field
      "grammar":"root ::= x"       | grammar            | unsupported_field
      "logit_bias":{"5":1}         | logit_bias         | unsupported_field
      "mirostat":2                 | mirostat           | unsupported_field
      "samplers":["top_k"]         | samplers           | unsupported_field
      """)
  void refusesByName(String field, String parameter, String code) {
    int before = fixture.model.requests.size();
    var response = fixture.chat(field);
    assertEquals(400, response.statusCode(), response.body());
    JsonNode body = ServerFixture.json(response);
    assertEquals("invalid_request_error", body.get("error").get("type").textValue());
    assertEquals(parameter, body.get("error").get("param").textValue());
    assertEquals(code, body.get("error").get("code").textValue());
    assertTrue(body.get("error").get("message").textValue().contains(parameter), response.body());
    assertEquals(body.get("error").get("message"), body.get("detail"));
    assertEquals(before, fixture.model.requests.size());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {}                                                          | messages
      {"messages":[]}                                             | messages
      {"messages":"x"}                                            | messages
      {"messages":["x"]}                                          | messages[0]
      {"messages":[{"role":"wizard","content":"x"}]}              | messages[0].role
      {"messages":[{"role":"user"}]}                              | messages[0].content
      {"messages":[{"role":"user","content":5}]}                  | messages[0].content
      {"messages":[{"role":"user","content":[{"type":"image_url"}]}]} | messages[0].content[0].type
      {"messages":[{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]} | messages
      """)
  void refusesBadMessages(String body, String parameter) {
    var response = fixture.post("/v1/chat/completions", body);
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(parameter, ServerFixture.json(response).get("error").get("param").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"org/tiny-a", "tiny-a", "tiny-a.gguf", "friend"})
  void echoesTheNameThatTheClientUsed(String name) {
    assertEquals(name, ServerFixture.json(fixture.chat("\"model\":\"" + name + "\"")).get("model").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpt-4o", "default", "claude-3", "o1-mini"})
  void takesGenericNamesForTheActiveModel(String name) {
    assertEquals("org/tiny-a", ServerFixture.json(fixture.chat("\"model\":\"" + name + "\"")).get("model").textValue());
  }

  @Test
  void tellsTheCountsOfAnOverlongPrompt() {
    fixture.model.script(request -> {
      throw new PlatformException(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED, "the prompt has 9 tokens")
          .withDetails(Map.of("n_prompt_tokens", 9, "n_ctx", 8));
    });
    var response = fixture.chat("\"stream\":true");
    assertEquals(400, response.statusCode());
    JsonNode error = ServerFixture.json(response).get("error");
    assertEquals("exceed_context_size_error", error.get("type").textValue());
    assertEquals("context_length_exceeded", error.get("code").textValue());
    assertEquals(9, error.get("n_prompt_tokens").intValue());
    assertEquals(8, error.get("n_ctx").intValue());
  }

  @Test
  void fullQueueIsA429ThatSaysWhenToComeBack() {
    fixture.model.script(request -> {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY, "the queue is full");
    });
    var response = fixture.chat("\"stream\":true");
    assertEquals(429, response.statusCode());
    assertEquals("1", response.headers().firstValue("retry-after").orElse(""));
    assertEquals("rate_limit_error", ServerFixture.json(response).get("error").get("type").textValue());
    assertEquals(200, fixture.get("/v1/models").statusCode());
  }

  @Test
  void failureInsideIsA500WithoutItsWords() {
    fixture.model.script(request -> {
      throw new IllegalStateException("secret of the engine");
    });
    var response = fixture.chat("");
    assertEquals(500, response.statusCode());
    assertFalse(response.body().contains("secret"), response.body());
    assertEquals("server_error", ServerFixture.json(response).get("error").get("type").textValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "text/plain", "application/x-www-form-urlencoded",
      "application/octet-stream",
      "nonsense"})
  void readsJsonWhateverItsTypeSays(String type) {
    var response = fixture.send(fixture.request("/v1/chat/completions").header("Content-Type", type)
        .POST(HttpRequest.BodyPublishers.ofString(ServerFixture.chatBody(""))));
    assertEquals(200, response.statusCode(), response.body());
  }

  @Test
  void readsJsonWithoutAType() {
    assertEquals(200, fixture.send(fixture.request("/v1/chat/completions")
        .POST(HttpRequest.BodyPublishers.ofString(ServerFixture.chatBody("")))).statusCode());
  }

  @Test
  void refusesForms() {
    var response = fixture.send(fixture.request("/v1/chat/completions")
        .header("Content-Type", "multipart/form-data; boundary=x").POST(HttpRequest.BodyPublishers.ofString("--x--")));
    assertEquals(400, response.statusCode(), response.body());
  }

  @Test
  void answersWithoutTheVersionAndWithASlash() {
    assertEquals(200, fixture.post("/chat/completions", ServerFixture.chatBody("")).statusCode());
    assertEquals(200, fixture.post("/v1/chat/completions/", ServerFixture.chatBody("")).statusCode());
  }
}
