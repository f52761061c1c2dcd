/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.RouteContribution;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.TextGeneration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the example's README promises. */
class HelloPluginTest {

  private static final int LINES_PROMISED = 60;

  @TempDir
  private Path folder = Path.of("");

  @Test
  void hasFewerLinesThanItPromises() throws IOException {
    long lines = 0;
    for (Path source : HelloExample.sources()) {
      lines += Files.readAllLines(source).size();
    }
    assertTrue(lines < LINES_PROMISED, "the example has " + lines + " lines");
  }

  @Test
  void greets() throws Exception {
    var routes = HelloExample.start(folder).ofType(RouteContribution.class).getFirst().routes();
    var exchange = TestRouteExchange.of(routes, HttpMethod.GET, "/v1/hello/Ada");
    var response = exchange.route().handler().handle(exchange);
    assertEquals("Hello, Ada!", new String(response.body(), StandardCharsets.UTF_8));
  }

  @Test
  void echoesWordByWord() {
    var textGeneration = HelloExample.start(folder).ofType(TextGeneration.class).getFirst();
    var prompt = Prompt.Chat.of(List.of(new ChatMessage("user", "one two"), new ChatMessage("user", "three four")));
    try (var model = textGeneration.openBuiltIn("hello-echo", LoadOptions.defaults())) {
      var result = Generated.by(model, GenerationRequest.builder(prompt).build());
      assertEquals(List.of("three ", "four"), result.deltas());
    }
  }
}
