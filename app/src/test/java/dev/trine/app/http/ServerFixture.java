/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trine.api.Plugin;
import dev.trine.app.model.ModelRegistry;
import dev.trine.app.model.ServedModel;
import dev.trine.app.plugin.PluginRuntime;
import dev.trine.app.plugin.PluginRuntimes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A running server with a scripted model, and a client. */
public final class ServerFixture implements AutoCloseable {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  public final FakeLanguageModel model = new FakeLanguageModel();
  public final ModelRegistry models;
  public final TrineServer server;
  private final PluginRuntime plugins;
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private ServerFixture(ServerOptions options, ModelRegistry models, PluginRuntime plugins) {
    this.models = models;
    this.plugins = plugins;
    this.server = TrineServer.start(options, plugins, models);
  }

  /** Options for any free port. */
  public static ServerOptions.Builder options() {
    return ServerOptions.builder().port(0);
  }

  /** A server with one ready model, {@code org/tiny-a}, alias {@code friend}. */
  public static ServerFixture start() {
    return start(options().build());
  }

  public static ServerFixture start(ServerOptions options, Plugin... more) {
    var all = new ArrayList<Plugin>(List.of(FakePlugin.textGeneration()));
    all.addAll(List.of(more));
    return startWith(options, all.toArray(Plugin[]::new));
  }

  /** A server with these plugins and no others. */
  public static ServerFixture startWith(ServerOptions options, Plugin... all) {
    var fixture = startLoading(options, Path.of("no-such-folder"), all);
    fixture.ready();
    return fixture;
  }

  /** A server whose model is not ready yet. */
  public static ServerFixture startLoading(ServerOptions options, Path pluginFolder, Plugin... all) {
    return new ServerFixture(options, ModelRegistry.loading(), PluginRuntimes.start(pluginFolder, all));
  }

  /** Ends the loading. */
  public void ready() {
    models.publish(
        List.of(new ServedModel("org/tiny-a", Set.of("friend"), model, Instant.ofEpochSecond(1_760_000_000L))));
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server.uri() + path)).timeout(Duration.ofSeconds(20));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public HttpResponse<String> get(String path) {
    return send(request(path));
  }

  public HttpResponse<String> post(String path, String body) {
    return send(request(path).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** A chat request with one user message and further fields, such as {@code "stream":true}. */
  public HttpResponse<String> chat(String moreFields) {
    return post("/v1/chat/completions", chatBody(moreFields));
  }

  static String chatBody(String moreFields) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + (moreFields.isEmpty() ? "" : "," + moreFields)
        + "}";
  }

  public static JsonNode json(HttpResponse<String> response) {
    return json(response.body());
  }

  public static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  /** The data of every event. */
  public static List<String> events(String body) {
    return body.lines().filter(line -> line.startsWith("data: ")).map(line -> line.substring(6)).toList();
  }

  /** A connection of the test's own; the caller closes it. */
  public Socket connect(String text) {
    try {
      var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends bytes that end with {@code Connection: close}, and returns all that comes back. */
  public String raw(String text) {
    try (Socket socket = connect(text)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A raw POST of a chat request. */
  static String rawChat(String moreFields) {
    String body = chatBody(moreFields);
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
        + body;
  }

  @Override
  public void close() {
    server.close();
    plugins.close();
    models.close();
  }
}
