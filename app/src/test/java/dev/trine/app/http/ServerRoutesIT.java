/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ServerRoutesIT {

  private static ServerFixture fixture;

  @BeforeAll
  static void start() {
    fixture = ServerFixture.start();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @Test
  void tellsItsHealth() {
    assertEquals("{\"status\":\"ok\"}", fixture.get("/healthz").body());
    assertEquals("{\"status\":\"ok\"}", fixture.get("/health").body());
    assertEquals(
        "{\"status\":\"ok\",\"ok\":true,\"service\":\"trine\",\"version\":\"" + ProductVersion.version()
            + "\",\"server_mode\":\"local-only\",\"plugins\":[{\"id\":\"fake-text\",\"status\":\"up\","
            + "\"message\":\"running\",\"details\":{}}]}",
        fixture.get("/v1/health").body());
    assertTrue(ProductVersion.version().matches("\\d+\\.\\d+.*"), ProductVersion.version());
  }

  @Test
  void listensBeforeTheModelIsThere() {
    try (var loading = ServerFixture.startLoading(ServerFixture.options().build(), Path.of("no-such-folder"),
        FakePlugin.textGeneration())) {
      assertEquals(200, loading.get("/healthz").statusCode());
      var health = loading.get("/health");
      assertEquals(503, health.statusCode());
      assertEquals(
          ServerFixture.json("{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}"),
          ServerFixture.json(health));
      assertEquals("1", health.headers().firstValue("retry-after").orElse(""));
      JsonNode service = ServerFixture.json(loading.get("/v1/health"));
      assertFalse(service.get("ok").booleanValue());
      assertEquals("model_loading", service.get("error").get("code").textValue());
      assertEquals(503, loading.chat("").statusCode());
      assertEquals(0, ServerFixture.json(loading.get("/v1/models")).get("data").size());
      loading.ready();
      assertEquals(200, loading.get("/health").statusCode());
      assertEquals(200, loading.chat("").statusCode());
    }
  }

  @Test
  void saysWhyTheModelIsMissing() {
    try (var failed = ServerFixture.startLoading(ServerFixture.options().build(), Path.of("no-such-folder"),
        FakePlugin.textGeneration())) {
      failed.models.fail(new PlatformException(StandardErrorCode.MODEL_INVALID, "x.gguf is truncated"));
      assertEquals(503, failed.get("/health").statusCode());
      var chat = failed.chat("");
      assertEquals(503, chat.statusCode());
      assertTrue(chat.body().contains("x.gguf is truncated"), chat.body());
    }
  }

  @Test
  void listsModels() {
    JsonNode list = ServerFixture.json(fixture.get("/v1/models"));
    assertEquals("list", list.get("object").textValue());
    assertEquals(ServerFixture.json("""
        {"id":"org/tiny-a","object":"model","created":1760000000,"owned_by":"local","aliases":["friend"],"tags":[],
         "capabilities":["completion"],
         "meta":{"n_vocab":512,"n_ctx_train":4096,"n_embd":64,"n_params":1000,"size":2000}}"""),
        list.get("data").get(0));
    assertEquals("org/tiny-a", list.get("models").get(0).get("name").textValue());
    assertEquals(list, ServerFixture.json(fixture.get("/models")));
    assertEquals(0, ServerFixture.json(fixture.get("/v1/models?task=tts")).get("data").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/models/org/tiny-a", "/v1/models/tiny-a", "/v1/models/org%2Ftiny-a", "/models/friend",
      "/v1/models/friend/"})
  void findsAModel(String path) {
    var response = fixture.get(path);
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("org/tiny-a", ServerFixture.json(response).get("id").textValue());
  }

  @Test
  void unknownModelIsA404() {
    var response = fixture.get("/v1/models/gpt-4o");
    assertEquals(404, response.statusCode());
    JsonNode error = ServerFixture.json(response).get("error");
    assertEquals("not_found_error", error.get("type").textValue());
    assertEquals("model_not_found", error.get("code").textValue());
  }

  @Test
  void unknownPathIsA404() {
    var response = fixture.get("/v1/nothing");
    assertEquals(404, response.statusCode());
    JsonNode body = ServerFixture.json(response);
    assertEquals("File Not Found", body.get("error").get("message").textValue());
    assertEquals("not_found_error", body.get("error").get("type").textValue());
    assertEquals("File Not Found", body.get("detail").textValue());
  }

  @Test
  void wrongMethodIsA405ThatNamesTheRightOnes() {
    var response = fixture.get("/v1/chat/completions");
    assertEquals(405, response.statusCode());
    assertTrue(response.headers().firstValue("allow").orElse("").contains("POST"));
    assertEquals("method_not_allowed", ServerFixture.json(response).get("error").get("code").textValue());
    assertEquals(405, fixture.send(fixture.request("/v1/models/friend").DELETE()).statusCode());
  }

  @Test
  void headIsGetWithoutABody() {
    var response = fixture.send(fixture.request("/v1/models").method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertEquals(200, response.statusCode());
    assertEquals("", response.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"*/*", "text/html", "text/event-stream", "application/xml"})
  void answersJsonWhateverIsAccepted(String accept) {
    assertEquals(200, fixture.send(fixture.request("/v1/models").header("Accept", accept)).statusCode());
  }

  @Test
  void withoutTextGenerationItsRoutesAreAbsent() {
    try (var bare = ServerFixture.startWith(ServerFixture.options().build())) {
      assertEquals(200, bare.get("/healthz").statusCode());
      assertEquals(404, bare.chat("").statusCode());
      assertEquals(404, bare.get("/v1/models").statusCode());
      assertEquals(404, bare.post("/v1/completions", "{}").statusCode());
      JsonNode paths = ServerFixture.json(bare.get("/openapi.json")).get("paths");
      assertFalse(paths.has("/v1/chat/completions"));
      assertTrue(paths.has("/healthz"));
    }
  }

  @Test
  void describesExactlyTheRoutesThatAreMounted() {
    JsonNode document = ServerFixture.json(fixture.get("/openapi.json"));
    assertEquals("3.1.0", document.get("openapi").textValue());
    assertEquals(ProductVersion.version(), document.get("info").get("version").textValue());
    Set<String> listed = new HashSet<>();
    document.get("paths").properties().forEach(path -> path.getValue().fieldNames()
        .forEachRemaining(method -> listed.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));
    Set<String> answered = new HashSet<>();
    ServerFixture.json(fixture.get("/")).get("endpoints")
        .forEach(endpoint -> assertTrue(answered.add(endpoint.textValue()), endpoint + " is listed twice"));
    assertEquals(answered, listed);
    assertTrue(listed.containsAll(Set.of("POST /v1/chat/completions", "POST /chat/completions", "GET /v1/models/{id}",
        "POST /v1/completions", "GET /docs", "GET /v1/health")), listed.toString());
  }

  @Test
  void descriptionIsWhole() {
    JsonNode document = ServerFixture.json(fixture.get("/openapi.json"));
    document.findValuesAsText("$ref")
        .forEach(reference -> assertFalse(document.at(reference.substring(1)).isMissingNode(), reference));
    Set<String> ids = new HashSet<>();
    document.get("paths").properties().forEach(path -> path.getValue().forEach(operation -> {
      assertTrue(operation.hasNonNull("summary") && operation.get("tags").size() > 0
          && operation.get("responses").has("200"), path.getKey());
      if (operation.has("operationId")) {
        assertTrue(ids.add(operation.get("operationId").textValue()), path.getKey());
      }
      var variables = java.util.regex.Pattern.compile("\\{(\\w+)}").matcher(path.getKey());
      while (variables.find()) {
        assertTrue(operation.get("parameters").findValuesAsText("name").contains(variables.group(1)), path.getKey());
      }
    }));
  }

  @Test
  void showsItsDescriptionWithItsOwnAssetsAlone() {
    for (String page : new String[]{"/docs", "/redoc"}) {
      var response = fixture.get(page);
      assertEquals(200, response.statusCode());
      assertTrue(response.headers().firstValue("content-security-policy").orElse("").contains("script-src 'self'"));
      assertFalse(response.body().contains("//"), response.body());
      var sources = java.util.regex.Pattern.compile("(?:src|href|spec-url)=\"(/[^\"]+)\"").matcher(response.body());
      int found = 0;
      while (sources.find()) {
        found++;
        var asset = fixture.get(sources.group(1));
        assertEquals(200, asset.statusCode(), sources.group(1));
        Assertions.assertNotEquals("", asset.body());
      }
      assertTrue(found >= 2, page);
    }
    assertEquals(404, fixture.get("/docs/assets/openapi.json").statusCode());
    assertEquals(404, fixture.get("/docs/assets/..%2Fopenapi.json").statusCode());
  }

  @Test
  void portInUseIsToldWithAWayOut() {
    var options = ServerFixture.options().port(fixture.server.port()).build();
    var failure = Assertions.assertThrows(PlatformException.class, () -> ServerFixture.start(options));
    assertEquals(StandardErrorCode.INVALID_CONFIGURATION, failure.code());
    String message = String.valueOf(failure.getMessage());
    assertTrue(message.contains("127.0.0.1:" + fixture.server.port()) && message.contains("--port"), message);
  }

  @Test
  void unknownHostIsToldWithAWayOut() {
    var options = ServerFixture.options().host("no such host").build();
    var failure = Assertions.assertThrows(PlatformException.class, () -> ServerFixture.start(options));
    assertEquals(StandardErrorCode.INVALID_CONFIGURATION, failure.code());
    assertTrue(String.valueOf(failure.getMessage()).contains("--host"), failure.getMessage());
  }
}
