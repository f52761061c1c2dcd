/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteResponse;
import dev.trine.app.plugin.TestJars;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ContributedRoutesIT {

  private static final String HELLO = TestJars.plugin("Hello", "hello", """
      RouteContribution routes = () -> List.of(Route.get("/v1/hello/{name}", "Says hello",
          exchange -> RouteResponse.json("{\\"hello\\":\\"" + exchange.pathVariable("name") + "\\"}")));
      return Capabilities.of(routes);""", "");

  @TempDir
  Path folder;

  @Test
  void aJarInTheFolderAddsARouteAndItsAbsenceRemovesIt() throws IOException {
    Path jar = TestJars.pluginJar(folder.resolve("hello.jar"), "Hello", HELLO);
    try (var fixture = ServerFixture.startLoading(ServerFixture.options().build(), folder)) {
      assertEquals("{\"hello\":\"Ann\"}", fixture.get("/v1/hello/Ann").body());
      JsonNode operation = ServerFixture.json(fixture.get("/openapi.json")).get("paths").get("/v1/hello/{name}")
          .get("get");
      assertEquals("Says hello", operation.get("summary").textValue());
      assertEquals("hello", operation.get("tags").get(0).textValue());
      assertEquals("name", operation.get("parameters").get(0).get("name").textValue());
      assertTrue(operation.get("responses").get("200").get("content").has("application/json"));
      assertEquals(405, fixture.post("/v1/hello/Ann", "{}").statusCode());
    }
    Files.delete(jar);
    try (var fixture = ServerFixture.startLoading(ServerFixture.options().build(), folder)) {
      assertEquals(404, fixture.get("/v1/hello/Ann").statusCode());
      assertFalse(ServerFixture.json(fixture.get("/openapi.json")).get("paths").has("/v1/hello/{name}"));
    }
  }

  @Test
  void aBrokenJarDoesNotKeepTheServerFromStarting() throws IOException {
    Files.writeString(folder.resolve("broken.jar"), "not a jar");
    TestJars.pluginJar(folder.resolve("hello.jar"), "Hello", HELLO);
    try (var fixture = ServerFixture.startLoading(ServerFixture.options().build(), folder)) {
      assertEquals(200, fixture.get("/healthz").statusCode());
      assertEquals(200, fixture.get("/v1/hello/x").statusCode());
    }
  }

  @Test
  void handsOverTheWholeExchange() {
    var route = Route.post("/x/{a}/{b}", "Echoes", exchange -> new RouteResponse(202, "text/plain; charset=utf-8",
        Map.of("x-more", "yes"),
        (exchange.path() + "|" + exchange.pathVariable("a") + "|" + exchange.pathVariable("b") + "|"
            + exchange.query("q").orElse("-") + "|" + exchange.query("none").orElse("-") + "|"
            + exchange.header("X-IN").orElse("-") + "|"
            + new String(exchange.body().readAllBytes(), StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8)));
    try (var fixture = ServerFixture.start(ServerFixture.options().build(), FakePlugin.routes("echo", route))) {
      var response = fixture.send(fixture.request("/x/1/b%20%C3%A4?q=a%26b&q=c").header("x-in", "in")
          .POST(HttpRequest.BodyPublishers.ofString("body ä")));
      assertEquals(202, response.statusCode());
      assertEquals("/x/1/b ä|1|b ä|a&b|-|in|body ä", response.body());
      assertEquals("yes", response.headers().firstValue("x-more").orElse(""));
      assertEquals("text/plain; charset=utf-8", response.headers().firstValue("content-type").orElse(""));
    }
  }

  @Test
  void everyMethodAnswers() {
    Route[] routes = List.of(HttpMethod.values()).stream().map(method -> new Route(method, "/m", "x", List.of(),
        List.of(), exchange -> RouteResponse.text(method.name()))).toArray(Route[]::new);
    try (var fixture = ServerFixture.start(ServerFixture.options().build(), FakePlugin.routes("methods", routes))) {
      for (HttpMethod method : HttpMethod.values()) {
        assertEquals(method.name(), fixture
            .send(fixture.request("/m").method(method.name(), HttpRequest.BodyPublishers.noBody())).body());
      }
      assertEquals(200,
          fixture.send(fixture.request("/m").method("HEAD", HttpRequest.BodyPublishers.noBody())).statusCode());
    }
  }

  @Test
  void failuresHaveTheSameEnvelope() {
    var plugin = FakePlugin.routes("fail", Route.get("/known", "x", exchange -> {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "size", "size must be 1");
    }), Route.get("/checked", "x", exchange -> {
      throw new IOException("secret of the plugin");
    }), Route.get("/linkage", "x", exchange -> {
      throw new NoClassDefFoundError("secret/Of/ThePlugin");
    }));
    try (var fixture = ServerFixture.start(ServerFixture.options().build(), plugin)) {
      var known = fixture.get("/known");
      assertEquals(400, known.statusCode());
      assertEquals("size", ServerFixture.json(known).get("error").get("param").textValue());
      for (String path : List.of("/checked", "/linkage")) {
        var response = fixture.get(path);
        assertEquals(500, response.statusCode());
        assertFalse(response.body().contains("secret"), response.body());
        assertEquals("server_error", ServerFixture.json(response).get("error").get("code").textValue());
      }
      assertEquals(200, fixture.get("/healthz").statusCode());
    }
  }

  @Test
  void theBodyLimitHoldsForPluginsToo() {
    var plugin = FakePlugin.routes("read", Route.post("/read", "x",
        exchange -> RouteResponse.text(Integer.toString(exchange.body().readAllBytes().length))));
    try (var fixture = ServerFixture.start(ServerFixture.options().maxBodyBytes(1000).build(), plugin)) {
      assertEquals("1000", fixture.post("/read", "x".repeat(1000)).body());
      assertEquals(413, fixture.post("/read", "x".repeat(1001)).statusCode());
      assertEquals(413, fixture.send(fixture.request("/read").POST(HttpRequest.BodyPublishers
          .ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[5000])))).statusCode());
    }
  }

  @Test
  void aRouteThatIsThereAlreadyIsNotTakenOver() {
    var thief = FakePlugin.routes("thief",
        Route.post("/v1/chat/completions", "x", exchange -> RouteResponse.text("stolen")),
        Route.get("/v1/models/{id}", "x", exchange -> RouteResponse.text("stolen")),
        Route.get("/{any}", "x", exchange -> RouteResponse.text("stolen")),
        Route.get("/twice/{a}", "x", exchange -> RouteResponse.text("first")));
    var second = FakePlugin.routes("second", Route.get("/twice/fixed", "x", exchange -> RouteResponse.text("second")));
    try (var fixture = ServerFixture.start(ServerFixture.options().build(), thief, second)) {
      assertFalse(fixture.chat("").body().contains("stolen"));
      assertFalse(fixture.get("/v1/models/friend").body().contains("stolen"));
      assertFalse(fixture.get("/healthz").body().contains("stolen"));
      assertEquals("first", fixture.get("/twice/fixed").body());
      assertFalse(ServerFixture.json(fixture.get("/openapi.json")).get("paths").has("/{any}"));
    }
  }

  @Test
  void contributedRoutesNeedTheKeyToo() {
    var plugin = FakePlugin.routes("open", Route.get("/x", "x", exchange -> RouteResponse.text("x")));
    try (var fixture = ServerFixture.start(ServerFixture.options().apiKeys(List.of("k")).build(), plugin)) {
      assertEquals(401, fixture.get("/x").statusCode());
    }
  }
}
