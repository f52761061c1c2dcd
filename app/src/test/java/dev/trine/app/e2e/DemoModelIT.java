/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The packaged product answers the demo model's golden conversations as the reference does. */
@Timeout(300)
class DemoModelIT {

  private static final Path GOLDEN = Path.of("..", "plugin-llm-bitnet", "src", "test", "resources", "golden",
      "trine-tiny", "golden.json");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir
  Path home;

  private static List<JsonNode> casesWithoutTools() throws IOException {
    var cases = new ArrayList<JsonNode>();
    for (JsonNode golden : MAPPER.readTree(GOLDEN.toFile()).get("cases")) {
      if (golden.get("tools").isNull()) {
        cases.add(golden);
      }
    }
    assertEquals(9, cases.size());
    return cases;
  }

  @Test
  void answersOverHttp() throws IOException, InterruptedException {
    try (var server = RunningServer.start(home); HttpClient client = HttpClient.newHttpClient()) {
      for (JsonNode golden : casesWithoutTools()) {
        ObjectNode body = MAPPER.createObjectNode().put("temperature", 0);
        body.set("messages", golden.get("messages"));
        HttpResponse<String> response = client.send(
            HttpRequest.newBuilder(server.uri().resolve("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body))).build(),
            HttpResponse.BodyHandlers.ofString());
        String name = golden.get("name").asText();
        assertEquals(200, response.statusCode(), () -> name + ": " + response.body());
        JsonNode answer = MAPPER.readTree(response.body());
        assertEquals(golden.get("text").asText(), answer.at("/choices/0/message/content").asText(), name);
        assertEquals("stop", answer.at("/choices/0/finish_reason").asText(), name);
        assertEquals(golden.get("prompt_ids").size(), answer.at("/usage/prompt_tokens").asInt(), name);
        assertEquals(golden.get("ids").size(), answer.at("/usage/completion_tokens").asInt(), name);
      }
    }
  }

  @Test
  void answersOnTheCommandLine() throws IOException, InterruptedException {
    for (String name : List.of("capital", "planets", "system")) {
      JsonNode golden = casesWithoutTools().stream().filter(one -> one.get("name").asText().equals(name)).findFirst()
          .orElseThrow();
      JsonNode messages = golden.get("messages");
      var command = new ArrayList<>(
          List.of("env", "TRINE_HOME=" + home, "TRINE_JAVA_HOME=" + System.getProperty("java.home"),
              RunningServer.LAUNCHER.toString(), "run", "--quiet", "--temperature", "0"));
      if (messages.size() == 2) {
        command.add("--system=" + messages.at("/0/content").asText());
      }
      command.add(messages.get(messages.size() - 1).get("content").asText());
      assertEquals(golden.get("text").asText() + "\n", RunningServer.run(home, command), name);
    }
  }
}
