/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The packaged server under the real OpenAI clients, installed from their registries. */
class OpenAiClientIT {

  private static final String NPM_CLIENT = "openai@7.55.0";
  private static final String PYPI_CLIENT = "openai==3.52.0";
  private static final String MODEL = "trine-tiny";
  private static final String ANSWER = "The capital of France is Paris.";

  @TempDir
  Path temporary;

  @Test
  void npmClientListsChatsStreamsAndGetsErrors() throws IOException, InterruptedException {
    Path script = Files.copy(Path.of("src/test/e2e/openai-client.mjs"), temporary.resolve("openai-client.mjs"));
    RunningServer.run(temporary,
        List.of("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", NPM_CLIENT));
    try (var server = RunningServer.start(temporary.resolve("home"))) {
      check(RunningServer.run(temporary, List.of("node", script.toString(), server.uri() + "/v1", MODEL)));
      assertTrue(server.isAlive());
    }
  }

  @Test
  void pythonClientListsChatsStreamsAndGetsErrors() throws IOException, InterruptedException {
    Path script = Path.of("src/test/e2e/openai_client.py").toAbsolutePath();
    RunningServer.run(temporary, List.of("python3", "-m", "venv", "venv"));
    String python = temporary.resolve("venv/bin/python").toString();
    RunningServer.run(temporary, List.of(python, "-m", "pip", "install", "--quiet", PYPI_CLIENT));
    try (var server = RunningServer.start(temporary.resolve("home"))) {
      check(RunningServer.run(temporary, List.of(python, script.toString(), server.uri() + "/v1", MODEL)));
      assertTrue(server.isAlive());
    }
  }

  /** Both scripts print what they saw under the same names. */
  private static void check(String output) throws IOException {
    JsonNode seen = new ObjectMapper().readTree(output);
    assertEquals(MODEL, seen.at("/models/0").asText());
    assertEquals(MODEL, seen.at("/model").asText());
    assertEquals(ANSWER, seen.at("/text").asText());
    assertEquals("assistant", seen.at("/role").asText());
    assertEquals("stop", seen.at("/finishReason").asText());
    assertEquals(15, seen.at("/usage/prompt_tokens").asInt());
    assertEquals(8, seen.at("/usage/completion_tokens").asInt());
    assertEquals(ANSWER, seen.at("/streamed").asText());
    assertTrue(seen.at("/deltas").asInt() > 3, () -> "streamed in one piece: " + output);
    assertEquals("stop", seen.at("/streamedFinishReason").asText());
    assertEquals(8, seen.at("/streamedUsage/completion_tokens").asInt());
    assertEquals(14, seen.at("/streamedUsage/prompt_tokens_details/cached_tokens").asInt(),
        "the prompt was just evaluated");
    assertTrue(seen.at("/completion").asText().length() > 5);
    assertEquals("length", seen.at("/completionFinishReason").asText());
    assertFailure(seen.at("/wrongModel"), "BadRequestError", 400, "model_not_found", "model");
    assertFailure(seen.at("/missingModel"), "NotFoundError", 404, "model_not_found", null);
    assertFailure(seen.at("/badTemperature"), "BadRequestError", 400, "invalid_value", "temperature");
    assertFailure(seen.at("/tooLong"), "BadRequestError", 400, "context_length_exceeded", null);
    assertEquals(ANSWER, seen.at("/afterAbort").asText());
  }

  private static void assertFailure(JsonNode failure, String name, int status, String code,
      @Nullable String parameter) {
    assertEquals(name, failure.at("/name").asText(), failure::toString);
    assertEquals(status, failure.at("/status").asInt(), failure::toString);
    assertEquals(code, failure.at("/code").asText(), failure::toString);
    if (parameter != null) {
      assertEquals(parameter, failure.at("/param").asText(), failure::toString);
    }
  }
}
