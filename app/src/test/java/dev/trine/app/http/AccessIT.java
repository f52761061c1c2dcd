/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AccessIT {

  private static ServerFixture open;
  private static ServerFixture guarded;

  @BeforeAll
  static void start() {
    open = ServerFixture.start();
    guarded = ServerFixture.start(ServerFixture.options().apiKeys(List.of("k-one", "k-two"))
        .corsOrigins(List.of("https://Chat.example/")).build());
  }

  @AfterAll
  static void stop() {
    open.close();
    guarded.close();
  }

  private static String getWithHost(String host) {
    return open.raw("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:9000", "127.0.0.1:8000", "[::1]:8000", "trine.localhost"})
  void answersToTheNamesOfThisMachine(String host) {
    assertTrue(getWithHost(host).startsWith("HTTP/1.1 200"), host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example",
      "10.0.0.1", "[fe80::1]", "", "localhost:1@evil.com", "localhost:80@evil.com", "evil.com@localhost",
      "127.999.0.1", "localhost:x", "[::1]evil.com", "[::1"})
  void refusesReboundNames(String host) {
    String response = getWithHost(host);
    assertTrue(response.startsWith("HTTP/1.1 403"), response);
    assertTrue(response.contains("\"permission_error\"") && response.contains("\"host_not_allowed\""), response);
  }

  @Test
  void refusesMoreThanOneHost() {
    String response = open
        .raw("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(response.startsWith("HTTP/1.1 400"), response);
  }

  @Test
  void holdsTheHostOfAnAbsoluteTargetToTheSameRule() {
    for (String host : List.of("evil.example", "localhost:80@evil.com", "")) {
      String response = open
          .raw("GET http://" + host + "/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertTrue(response.matches("(?s)HTTP/1\\.1 40[03].*"), response);
    }
    String evil = open
        .raw("GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(evil.startsWith("HTTP/1.1 403") && evil.contains("\"host_not_allowed\""), evil);
    String own = open
        .raw("GET http://localhost:8000/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(own.startsWith("HTTP/1.1 200"), own);
  }

  @Test
  void refusesPagesOfOtherSites() {
    for (String origin : List.of("https://evil.example", "null", "http://localhost.evil.example", "http://[", "",
        "http://localhost:80@evil.com")) {
      var response = open.send(open.request("/v1/chat/completions").header("Origin", origin)
          .header("Content-Type", "text/plain").POST(HttpRequest.BodyPublishers.ofString(ServerFixture.chatBody(""))));
      assertEquals(403, response.statusCode(), origin);
      assertFalse(response.headers().firstValue("access-control-allow-origin").isPresent());
    }
    assertEquals(0, open.model.requests.size());
  }

  @Test
  void takesPagesOfThisMachineAndConfiguredOrigins() {
    for (String origin : List.of("http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]")) {
      var response = open.send(open.request("/v1/models").header("Origin", origin));
      assertEquals(200, response.statusCode(), origin + " " + response.body() + response.headers());
      assertEquals(origin, response.headers().firstValue("access-control-allow-origin").orElse(""));
      assertEquals("true", response.headers().firstValue("access-control-allow-credentials").orElse(""));
    }
    assertEquals(200,
        guarded.send(guarded.request("/v1/models").header("Origin", "https://chat.example")).statusCode());
  }

  @Test
  void refusesWhatAPageOfAnotherSiteEmbeds() {
    String get = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: cross-site\r\n";
    assertTrue(open.raw(get + "Sec-Fetch-Mode: no-cors\r\n\r\n").startsWith("HTTP/1.1 403"));
    assertTrue(open.raw(get + "Sec-Fetch-Mode: navigate\r\n\r\n").startsWith("HTTP/1.1 200"));
  }

  @Test
  void answersPreflightsWithoutAKey() {
    var response = guarded.send(guarded.request("/v1/chat/completions").header("Origin", "https://chat.example")
        .header("Access-Control-Request-Method", "POST").method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
    assertEquals(200, response.statusCode());
    assertEquals("", response.body());
    assertEquals("https://chat.example", response.headers().firstValue("access-control-allow-origin").orElse(""));
    assertEquals("GET, POST", response.headers().firstValue("access-control-allow-methods").orElse(""));
    assertEquals("*", response.headers().firstValue("access-control-allow-headers").orElse(""));
    assertEquals(403, guarded.send(guarded.request("/v1/models").header("Origin", "https://evil.example")
        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())).statusCode());
  }

  @Test
  void asksForAKey() {
    var response = guarded.chat("");
    assertEquals(401, response.statusCode());
    assertEquals("Bearer", response.headers().firstValue("www-authenticate").orElse(""));
    assertEquals("{\"message\":\"Invalid API Key\",\"type\":\"authentication_error\",\"param\":null,"
        + "\"code\":\"invalid_api_key\"}", ServerFixture.json(response).get("error").toString());
    for (String path : List.of("/v1/models/friend", "/v1/nothing", "/v1/models/../health", "/v1/models/%2e%2e/models",
        "/healthz/x")) {
      assertEquals(401, guarded.get(path).statusCode(), path);
    }
  }

  @Test
  void takesAnyOfTheKeysInEitherHeader() {
    for (String[] header : new String[][]{{"Authorization", "Bearer k-one"}, {"Authorization", "bearer k-two"},
        {"X-Api-Key", "k-two"}}) {
      assertEquals(200, guarded.send(guarded.request("/v1/models/friend").header(header[0], header[1])).statusCode());
    }
    for (String[] header : new String[][]{{"Authorization", "Bearer k-on"}, {"Authorization", "k-one"},
        {"X-Api-Key", "k-one2"}, {"Authorization", "Bearer "}}) {
      assertEquals(401, guarded.send(guarded.request("/v1/models/friend").header(header[0], header[1])).statusCode());
    }
  }

  @Test
  void publicPathsNeedNoKey() {
    for (String path : List.of("/", "/healthz", "/healthz/", "/health", "/v1/health", "/models", "/v1/models", "/docs",
        "/openapi.json", "/docs/assets/swagger-ui.css")) {
      assertEquals(200, guarded.get(path).statusCode(), path);
    }
  }

  @Test
  void anyKeyWillDoWhenNoneIsConfigured() {
    assertEquals(200,
        open.send(open.request("/v1/models/friend").header("Authorization", "Bearer sk-unused")).statusCode());
  }

  @Test
  void everyResponseCarriesARequestId() {
    for (String path : List.of("/healthz", "/v1/nothing", "/v1/models/none")) {
      var own = open.send(open.request(path).header("x-request-id", "mine-1"));
      assertEquals(List.of("mine-1"), own.headers().allValues("x-request-id"), path);
      var response = open.get(path);
      assertTrue(response.headers().firstValue("x-request-id").orElse("").startsWith("req_"), path);
      assertTrue(response.headers().firstValue("openai-processing-ms").isPresent(), path);
    }
    assertTrue(open.send(open.request("/healthz").header("x-request-id", "x".repeat(129))).headers()
        .firstValue("x-request-id").orElse("").startsWith("req_"));
    assertTrue(guarded.chat("").headers().firstValue("x-request-id").isPresent());
    assertTrue(open.chat("\"stream\":true").headers().firstValue("x-request-id").isPresent());
  }
}
