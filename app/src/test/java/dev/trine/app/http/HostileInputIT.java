/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HostileInputIT {

  private static final int CAP = 100_000;
  private static ServerFixture fixture;

  @BeforeAll
  static void start() {
    fixture = ServerFixture.start(ServerFixture.options().maxBodyBytes(CAP).build());
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @AfterEach
  void goesOn() {
    assertEquals(200, fixture.chat("").statusCode());
  }

  private static void assertInvalidJson(int status, String body) {
    assertEquals(400, status, body);
    JsonNode error = ServerFixture.json(body).get("error");
    assertEquals("invalid_json", error.get("code").textValue());
    assertTrue(error.get("message").textValue().length() < 500, body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{\"messages\":[", "{\"a\":1}}", "{\"a\":1} x", "{'a':1}", "{\"a\":NaN}",
      "nope",
      "{\"a\":\"\\ud800\"}", "{\"\\udc00\":1}", "{\"a\":\"\\u12\"}", "{\"a\":01}", "{\"a\":\"\u0001\"}"})
  void refusesWhatIsNotJson(String body) {
    var response = fixture.post("/v1/chat/completions", body);
    assertInvalidJson(response.statusCode(), response.body());
  }

  @Test
  void saysWhereTheJsonIsBroken() {
    var response = fixture.post("/v1/chat/completions", "{\n  \"a\": x}");
    assertTrue(response.body().contains("line 2, column 8"), response.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "5", "null", "\"x\"", "true"})
  void refusesWhatIsNotAnObject(String body) {
    var response = fixture.post("/v1/chat/completions", body);
    assertEquals(400, response.statusCode());
    assertEquals("invalid_request", ServerFixture.json(response).get("error").get("code").textValue());
  }

  @Test
  void refusesInvalidUtf8() {
    var response = fixture.send(fixture.request("/v1/chat/completions")
        .POST(
            HttpRequest.BodyPublishers.ofByteArray("{\"a\":\"\u00ff\u00fe\"}".getBytes(StandardCharsets.ISO_8859_1))));
    assertInvalidJson(response.statusCode(), response.body());
  }

  @Test
  void refusesDeepNesting() {
    var response = fixture.post("/v1/chat/completions", "{\"a\":" + "[".repeat(40_000) + "]".repeat(40_000) + "}");
    assertInvalidJson(response.statusCode(), response.body());
  }

  @Test
  void refusesHugeNumbers() {
    var response = fixture.chat("\"seed\":" + "9".repeat(50_000));
    assertInvalidJson(response.statusCode(), response.body());
    assertEquals(400, fixture.chat("\"top_k\":1e99999999").statusCode());
    assertEquals(400, fixture.chat("\"top_k\":" + "9".repeat(300)).statusCode());
    assertEquals(200, fixture.chat("\"seed\":" + "9".repeat(300)).statusCode());
  }

  @Test
  void lastOfTwoEqualKeysCounts() {
    fixture.chat("\"top_k\":1,\"top_k\":2");
    assertEquals(2, fixture.model.lastRequest().sampling().topK());
  }

  @Test
  void refusesBodiesOverTheCapByTheirLength() {
    var response = fixture.chat("\"x\":\"" + "y".repeat(CAP) + "\"");
    assertEquals(413, response.statusCode());
    assertEquals("payload_too_large", ServerFixture.json(response).get("error").get("code").textValue());
  }

  @Test
  void clientsThatSendTheWholeBodyFirstGetTheRefusal() throws IOException {
    int length = 8 << 20;
    try (Socket socket = fixture.connect("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        + length + "\r\n\r\n")) {
      var answers = new PushbackInputStream(socket.getInputStream());
      // The refusal is there, and its connection's end has been decided, before the body is sent.
      answers.unread(answers.read());
      byte[] part = new byte[1 << 16];
      for (int sent = 0; sent < length; sent += part.length) {
        socket.getOutputStream().write(part);
      }
      String response = new String(answers.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(response.startsWith("HTTP/1.1 413") && response.contains("payload_too_large"), response);
    }
  }

  @Test
  void refusesBodiesOverTheCapThatDoNotTellTheirLength() {
    byte[] body = ServerFixture.chatBody("\"x\":\"" + "y".repeat(CAP) + "\"").getBytes(StandardCharsets.UTF_8);
    var response = fixture.send(fixture.request("/v1/chat/completions").POST(HttpRequest.BodyPublishers
        .ofInputStream(() -> new java.io.ByteArrayInputStream(body))));
    assertEquals(413, response.statusCode(), response.body());
    assertEquals("payload_too_large", ServerFixture.json(response).get("error").get("code").textValue());
  }

  @Test
  void takesChunkedBodiesUnderTheCap() {
    byte[] body = ServerFixture.chatBody("").getBytes(StandardCharsets.UTF_8);
    assertEquals(200, fixture.send(fixture.request("/v1/chat/completions").POST(HttpRequest.BodyPublishers
        .ofInputStream(() -> new java.io.ByteArrayInputStream(body)))).statusCode());
  }

  private static byte[] gzip(String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void inflatesBodiesUpToTheCap() throws IOException {
    for (int size : new int[]{10, 50 * CAP}) {
      byte[] body = gzip(ServerFixture.chatBody("\"x\":\"" + "y".repeat(size) + "\""));
      var response = fixture.send(fixture.request("/v1/chat/completions").header("Content-Encoding", "gzip")
          .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
      assertEquals(size == 10 ? 200 : 413, response.statusCode(), response.body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "-5", "99999999999999999999"})
  void refusesBadContentLengths(String length) {
    String response = fixture.raw("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length
        + "\r\nConnection: close\r\n\r\n{}");
    assertTrue(response.startsWith("HTTP/1.1 400") || response.startsWith("HTTP/1.1 413"), response);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%zz", "/v1/models/%ff", "/v1/models/%00", "/v1/models/a b", "/\\", "//", "/v1//models",
      "/{x}",
      "/v1/models/..%2f..", "*"})
  void oddPathsAreClientErrors(String path) {
    String response = fixture.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(response.matches("(?s)HTTP/1\\.[01] 40.*"), path + " -> " + response);
  }

  @Test
  void garbageIsRefused() {
    String response = fixture.raw("\u0016\u0003\u0001 this is not HTTP\r\n\r\n");
    assertTrue(response.isEmpty() || response.matches("(?s)HTTP/1\\.[01] 400.*"), response);
  }

  @Test
  void continuesWhenAskedTo() {
    String body = ServerFixture.chatBody("");
    String response = fixture.raw("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    assertTrue(response.contains("HTTP/1.1 200"), response);
  }
}
