/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The example plugin as its README says: compiled against the platform API alone, dropped into the packaged server, removed. */
class ExamplePluginIT {

  private static final Path EXAMPLE = Path.of("..", "examples", "hello-plugin", "src", "main");

  @TempDir
  Path temporary;

  @Test
  void addsItsRouteAndModelAndTakesThemAlong() throws IOException, InterruptedException {
    Path jar = build();
    Path home = temporary.resolve("home");
    Path plugins = Files.createDirectories(home.resolve("plugins"));
    Path installed = Files.copy(jar, plugins.resolve("hello-plugin.jar"));
    try (var server = RunningServer.start(home)) {
      assertTrue(get(server, "/v1/hello/Ada").body().contains("Ada"));
      assertTrue(get(server, "/openapi.json").body().contains("\"/v1/hello/{name}\""));
      assertTrue(get(server, "/v1/models/hello-echo").body().contains("hello-echo"));
    }
    Files.delete(installed);
    try (var server = RunningServer.start(home)) {
      assertEquals(404, get(server, "/v1/hello/Ada").statusCode());
      assertFalse(get(server, "/openapi.json").body().contains("/v1/hello"));
      assertEquals(404, get(server, "/v1/models/hello-echo").statusCode());
    }
  }

  private Path build() throws IOException, InterruptedException {
    String bin = System.getProperty("java.home") + "/bin/";
    Path classes = temporary.resolve("classes");
    String api = Path.of("..", "platform-api", "target", "classes").toString();
    RunningServer.run(Path.of("."), List.of(bin + "javac", "-cp", api, "-d", classes.toString(),
        EXAMPLE.resolve("java/example/hello/HelloPlugin.java").toString()));
    Path services = classes.resolve("META-INF/services/dev.trine.api.Plugin");
    Files.createDirectories(services.resolveSibling("."));
    Files.copy(EXAMPLE.resolve("resources/META-INF/services/dev.trine.api.Plugin"), services);
    Path jar = temporary.resolve("hello-plugin.jar");
    RunningServer.run(Path.of("."),
        List.of(bin + "jar", "--create", "--file", jar.toString(), "-C", classes.toString(), "."));
    return jar;
  }

  private static HttpResponse<String> get(RunningServer server, String path) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(URI.create(server.uri() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
