/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The packaged server with its own engine: slots, the queue, clients that leave, and the end. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineIT {

  private static final String ENDLESS = """
      {"messages": [{"role": "user", "content": "Tell me a story."}], "stream": true, "ignore_eos": true,
       "temperature": 0}""";
  private static final String SHORT = """
      {"messages": [{"role": "user", "content": "What is the capital of France?"}], "max_tokens": 2, "temperature": 0}""";
  private static final Pattern KEPT_PAGES = Pattern.compile("(\\d+) of them kept");
  private static final int CONTEXT_PAGES = 64;
  private static final int ATTEMPTS = 50;
  /** From when a client has left until nothing is written for it any more: one step of the engine, on a busy machine. */
  private static final Duration IDLE_WITHIN = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newHttpClient();

  @TempDir
  Path home;

  private static HttpRequest chat(URI server, String body) {
    return HttpRequest.newBuilder(server.resolve("/v1/chat/completions")).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body)).build();
  }

  /** An answer that is being written; its first words have come. */
  private BufferedReader open(URI server) throws IOException, InterruptedException {
    var response = client.send(chat(server, ENDLESS), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, response.statusCode());
    var reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    String line = reader.readLine();
    while (line != null && !line.contains("\"content\":\"")) {
      line = reader.readLine();
    }
    return reader;
  }

  private HttpResponse<String> ask(URI server) throws IOException, InterruptedException {
    return client.send(chat(server, SHORT), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode engine(URI server) throws IOException, InterruptedException {
    String health = client
        .send(HttpRequest.newBuilder(server.resolve("/v1/health")).build(), HttpResponse.BodyHandlers.ofString())
        .body();
    for (JsonNode plugin : new ObjectMapper().readTree(health).get("plugins")) {
      if (plugin.get("id").asText().equals("llm-bitnet")) {
        return plugin.get("details");
      }
    }
    throw new AssertionError("no engine in " + health);
  }

  private String slots(URI server) throws IOException, InterruptedException {
    return engine(server).get("slots").asText();
  }

  private int keptPages(URI server) throws IOException, InterruptedException {
    String cache = engine(server).get("kv cache").asText();
    Matcher kept = KEPT_PAGES.matcher(cache);
    assertTrue(kept.find(), cache);
    return Integer.parseInt(kept.group(1));
  }

  private void awaitIdle(URI server) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + IDLE_WITHIN.toNanos();
    String slots = slots(server);
    while (!slots.startsWith("0 of")) {
      assertTrue(System.nanoTime() < deadline,
          "the server still writes after " + IDLE_WITHIN.toSeconds() + " s: " + slots);
      Thread.sleep(5);
      slots = slots(server);
    }
  }

  @Test
  void tellsClientsToComeBackWhenTheQueueIsFull() throws IOException, InterruptedException {
    try (var server = RunningServer.start(home, "--parallel", "1", "--queue", "0")) {
      // The model is fast: a whole answer may be written before the second request comes.
      HttpResponse<String> second = null;
      for (int i = 0; i < ATTEMPTS && (second == null || second.statusCode() != 429); i++) {
        try (var _ = open(server.uri())) {
          second = ask(server.uri());
        }
        awaitIdle(server.uri());
      }
      assertTrue(second != null && second.statusCode() == 429, String.valueOf(second));
      assertTrue(second.headers().firstValue("retry-after").isPresent());
      assertEquals(200, ask(server.uri()).statusCode());
    }
  }

  @Test
  void stopsWritingForAClientThatLeft() throws IOException, InterruptedException {
    try (var server = RunningServer.start(home, "--parallel", "1", "--queue", "1")) {
      int kept = CONTEXT_PAGES;
      for (int i = 0; i < ATTEMPTS && kept >= CONTEXT_PAGES / 2; i++) {
        open(server.uri()).close();
        awaitIdle(server.uri());
        kept = keptPages(server.uri());
      }
      assertTrue(kept < CONTEXT_PAGES / 2, "wrote on to the end: " + kept + " pages");
      assertEquals(200, ask(server.uri()).statusCode());
    }
  }

  @Test
  void runsRequestsSideBySide() throws Exception {
    try (var server = RunningServer.start(home, "--parallel", "3", "--queue", "0")) {
      assertTrue(slots(server.uri()).startsWith("0 of 3"), slots(server.uri()));
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < 3; i++) {
        answers.add(client.sendAsync(chat(server.uri(), SHORT), HttpResponse.BodyHandlers.ofString()));
      }
      for (var answer : answers) {
        assertEquals(200, answer.get(60, TimeUnit.SECONDS).statusCode());
      }
      JsonNode usage = new ObjectMapper().readTree(ask(server.uri()).body()).get("usage");
      assertEquals(usage.get("prompt_tokens").asInt() - 1, usage.get("cached_tokens").asInt());
    }
  }

  @Test
  void endsWithAnOpenStream() throws Exception {
    var server = RunningServer.start(home, "--parallel", "1");
    try (server; var answer = open(server.uri())) {
      var rest = CompletableFuture.supplyAsync(() -> answer.lines().toList());
      server.close();
      assertFalse(server.isAlive());
      assertFalse(rest.get(60, TimeUnit.SECONDS).isEmpty());
    }
  }
}
