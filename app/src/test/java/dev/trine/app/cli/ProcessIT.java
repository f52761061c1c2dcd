/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Starts the distribution as a user does, and talks to the real process. */
@Timeout(120)
class ProcessIT {

  private static final Path LAUNCHER = Path.of("target", "dist", "bin", "trine").toAbsolutePath();

  @TempDir
  static Path plugins = Path.of("unset");

  @TempDir
  Path folder;

  private final List<Process> started = new ArrayList<>();

  @BeforeAll
  static void buildPlugin() throws IOException {
    EchoPluginJar.build(plugins);
  }

  @AfterEach
  void killTheRest() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(String... args) throws IOException {
    var command = new ArrayList<String>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("TRINE_HOME", folder.resolve("home").toString());
    builder.environment().put("TRINE_JAVA_HOME", System.getProperty("java.home"));
    builder.redirectError(folder.resolve("err").toFile());
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private String err() throws IOException {
    return Files.readString(folder.resolve("err"));
  }

  private static String out(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process must end");
    return process.exitValue();
  }

  private static void signal(String name, Process process) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
  }

  private String plugins() {
    return "--plugins=" + plugins;
  }

  @Test
  void answersFromAPipe() throws Exception {
    Process process = start("run", plugins(), "-m", "echo", "Grüße");
    process.getOutputStream().write("piped".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    assertEquals("user:Grüße\n\npiped\n", out(process));
    assertEquals(0, exitCode(process));
    assertFalse(Files.exists(folder.resolve("home")), "nothing was written, so nothing is made");
  }

  @Test
  void endsWith141WhenTheReaderLeaves() throws Exception {
    Process process = start("run", plugins(), "-m", "echo", "endless");
    process.getOutputStream().close();
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    assertEquals("endless", reader.readLine());
    reader.close();
    assertEquals(141, exitCode(process));
    assertFalse(err().contains("trine:") || err().contains("Exception"), err());
  }

  @Test
  void endsWith130OnInterruptAnd143OnTerm() throws Exception {
    for (var expected : List.of(List.of("INT", "130"), List.of("TERM", "143"))) {
      Process process = start("run", plugins(), "-m", "echo", "wait");
      process.getOutputStream().close();
      // The first text is there: the answer is being written.
      assertEquals('u', process.getInputStream().read());
      signal(expected.get(0), process);
      assertEquals(Integer.parseInt(expected.get(1)), exitCode(process), expected.get(0));
    }
  }

  @Test
  void saysNoSuchModelWith3() throws Exception {
    Process process = start("run", plugins(), "-m", "ecko", "hi");
    process.getOutputStream().close();
    assertEquals("", out(process));
    assertEquals(3, exitCode(process));
    assertTrue(err().contains("Did you mean echo?"), err());
  }

  private URI awaitServer() throws IOException, InterruptedException {
    Pattern serving = Pattern.compile("Serving on (http://\\S+)");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < end) {
      Matcher matcher = serving.matcher(err());
      if (matcher.find()) {
        return URI.create(matcher.group(1));
      }
      assertFalse(started.getLast().waitFor(50, TimeUnit.MILLISECONDS), "the server ended: " + err());
    }
    throw new AssertionError("the server does not say that it serves: " + err());
  }

  @Test
  void servesAndStopsInOrder() throws Exception {
    Process process = start("serve", plugins(), "--port", "0", "echo");
    URI uri = awaitServer();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> health = client.send(HttpRequest.newBuilder(uri.resolve("/healthz")).build(),
          HttpResponse.BodyHandlers.ofString());
      assertEquals(200, health.statusCode());
      HttpResponse<String> answer = client.send(
          HttpRequest.newBuilder(uri.resolve("/v1/chat/completions")).header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
              .build(),
          HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode(), answer.body());
      assertTrue(answer.body().contains("user:hi"), answer.body());
    }
    signal("TERM", process);
    assertEquals(143, exitCode(process));
    assertEquals("", out(process), "nothing but results goes to standard output");
    assertTrue(err().contains("Try: curl ") && err().contains("Stopping"), err());
    assertTrue(err().contains("\"content\":\"What is the capital of France?\"}],\"temperature\":0}'"), err());
    assertTrue(err().contains("Loading echo …") && err().indexOf("Loading echo") < err().indexOf("Serving on"), err());
    assertFalse(err().contains("listening on"), err());
  }

  @Test
  void saysWhyNoPluginGeneratesText() throws Exception {
    for (String command : List.of("run", "chat", "bench")) {
      Process process = start(command, "-o", "plugins.llm-bitnet.kernel=quantum", "trine-tiny");
      process.getOutputStream().write("hi".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      assertEquals(1, exitCode(process), err());
      assertTrue(err().contains("plugins.llm-bitnet.kernel is 'quantum'; expected"), err());
    }
  }

  @Test
  void saysThatThePortIsTaken() throws Exception {
    start("serve", plugins(), "--port", "0", "echo");
    URI uri = awaitServer();
    Process second = start("serve", plugins(), "--port", Integer.toString(uri.getPort()), "echo");
    assertEquals(2, exitCode(second));
    assertTrue(err().contains("--port"), err());
  }

  @Test
  void servesWithoutAModelWhenNoPluginHasOne() throws Exception {
    start("serve", "--without", "llm-bitnet", "--port", "0");
    URI uri = awaitServer();
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertEquals(200, client.send(HttpRequest.newBuilder(uri.resolve("/healthz")).build(),
          HttpResponse.BodyHandlers.ofString()).statusCode());
      assertEquals(404, client.send(HttpRequest.newBuilder(uri.resolve("/v1/chat/completions"))
          .POST(HttpRequest.BodyPublishers.ofString("{}")).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
    }
    assertTrue(err().contains("nothing to chat with"), err());
  }

  @Test
  void isQuickToHelp() throws Exception {
    Process process = start("--help");
    assertTrue(out(process).startsWith("Usage: trine"));
    assertEquals(0, exitCode(process));
    assertEquals("", err());
  }
}
