/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.FakeLanguageModel.Step;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who stops when: clients that leave, clients that do not read, a server that stops. */
@Timeout(60)
class GenerationLifetimeIT {

  private static final String STREAM = "\"stream\":true";

  private final CountDownLatch never = new CountDownLatch(1);

  private static FakeLanguageModel.FakeStream onlyStream(ServerFixture fixture) {
    assertEquals(1, fixture.model.streams.size());
    return fixture.model.streams.getFirst();
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  private static String readUntil(BufferedReader reader, String part) throws IOException {
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.contains(part)) {
        return line;
      }
    }
    throw new AssertionError("the response ended before '" + part + "'");
  }

  /** Waits, for a machine may be busy; a stream that nobody stops would wait for ever. */
  private static void assertStops(FakeLanguageModel.FakeStream stream) throws InterruptedException {
    assertTrue(stream.cancelled.await(30, TimeUnit.SECONDS), "not cancelled");
    assertTrue(stream.closed.await(30, TimeUnit.SECONDS), "not closed");
  }

  @Test
  void stopsWhenTheReaderOfAStreamLeaves() throws Exception {
    try (var fixture = ServerFixture.start()) {
      fixture.model.script(new Step.Say("one"), new Step.Await(never));
      try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
        readUntil(reader(socket), "one");
      }
      assertStops(onlyStream(fixture));
    }
  }

  @Test
  void anEndlessAnswerEndsWithoutAFrameworkWarningWhenItsReaderVanishes() throws Exception {
    var warnings = new ListAppender<ILoggingEvent>();
    var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    warnings.start();
    root.addAppender(warnings);
    try (var fixture = ServerFixture.start()) {
      fixture.model.script(new Step.Repeat("x"));
      for (int client = 0; client < 40; client++) {
        try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
          readUntil(reader(socket), "x");
          socket.setSoLinger(true, 0); // without goodbye
        }
        var stream = fixture.model.streams.getLast();
        assertStops(stream);
        int pulled = stream.pulled.get();
        assertEquals(200, fixture.get("/healthz").statusCode());
        assertEquals(pulled, stream.pulled.get(), "pulled after it was closed");
      }
    } finally {
      root.detachAppender(warnings);
    }
    assertEquals(List.of(), warnings.list.stream()
        .filter(
            event -> event.getLevel().isGreaterOrEqual(Level.WARN) && !event.getLoggerName().startsWith("dev.trine"))
        .map(event -> event + " " + event.getThrowableProxy()).toList());
  }

  @Test
  void aRequestThatStopsHalfWayIsGivenUp() throws Exception {
    try (var fixture = ServerFixture.start(ServerFixture.options().requestTimeout(Duration.ofMillis(200)).build())) {
      for (String half : List.of("POST /v1/chat/comp",
          "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n",
          "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")) {
        String answer = fixture.raw(half);
        assertTrue(answer.startsWith("HTTP/1.1 408 ") && answer.contains("Connection: close"), half + " -> " + answer);
      }
      assertEquals("", fixture.raw(""), "nobody asked, so nobody is answered");
      assertEquals(200, fixture.chat("").statusCode());
    }
  }

  @Test
  void silentAnswersAndIdleConnectionsOutliveTheTimeLimitOfRequests() throws Exception {
    try (var fixture = ServerFixture.start(ServerFixture.options().requestTimeout(Duration.ofMillis(50)).build())) {
      var go = new CountDownLatch(1);
      fixture.model.script(new Step.Say("early"), new Step.Await(go), new Step.Say("late"));
      try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM + ",\"sse_ping_interval\":-1"))) {
        var reader = reader(socket);
        for (int request = 0; request < 2; request++) {
          readUntil(reader, "early");
          assertFalse(never.await(300, TimeUnit.MILLISECONDS));
          go.countDown();
          readUntil(reader, "late");
          readUntil(reader, "[DONE]");
          assertFalse(never.await(300, TimeUnit.MILLISECONDS));
          socket.getOutputStream().write(ServerFixture.rawChat(STREAM).getBytes(StandardCharsets.US_ASCII));
        }
        readUntil(reader, "[DONE]");
      }
    }
  }

  @Test
  void stopsWhenAClientThatWaitsForAWholeAnswerLeaves() throws Exception {
    try (var fixture = ServerFixture.start()) {
      var started = new CountDownLatch(1);
      fixture.model.script(request -> {
        started.countDown();
        return List.of(new Step.Await(never));
      });
      try (Socket socket = fixture.connect(ServerFixture.rawChat(""))) {
        assertTrue(started.await(10, TimeUnit.SECONDS));
        assertTrue(socket.isConnected());
      }
      while (fixture.model.streams.isEmpty()) {
        Thread.onSpinWait();
      }
      assertStops(onlyStream(fixture));
    }
  }

  @Test
  void doesNotRunAheadOfAClientThatDoesNotRead() throws Exception {
    try (var fixture = ServerFixture.start()) {
      fixture.model.script(new Step.Repeat("x".repeat(100_000)));
      try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
        readUntil(reader(socket), "xxx");
        var stream = onlyStream(fixture);
        // The producer stalls when every buffer on the way is full: its count stops rising.
        int seen = -1;
        while (seen != stream.pulled.get()) {
          seen = stream.pulled.get();
          assertTrue(seen < 2000, "buffers without end");
          assertFalse(never.await(300, TimeUnit.MILLISECONDS));
        }
      }
      assertTrue(onlyStream(fixture).closed.await(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void silenceIsFilledWithComments() throws Exception {
    try (var fixture = ServerFixture.start(ServerFixture.options().keepAlive(Duration.ofMillis(50)).build())) {
      var go = new CountDownLatch(1);
      fixture.model.script(new Step.Await(go), new Step.Say("late"));
      try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
        var reader = reader(socket);
        assertEquals(": ping", readUntil(reader, "ping"));
        go.countDown();
        readUntil(reader, "late");
        readUntil(reader, "[DONE]");
      }
    }
  }

  @Test
  void commentsCanBeSwitchedOff() throws Exception {
    try (var fixture = ServerFixture.start(ServerFixture.options().keepAlive(Duration.ofMillis(20)).build())) {
      var go = new CountDownLatch(1);
      fixture.model.script(new Step.Say("early"), new Step.Await(go));
      try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM + ",\"sse_ping_interval\":-1"))) {
        var reader = reader(socket);
        readUntil(reader, "early");
        assertFalse(go.await(200, TimeUnit.MILLISECONDS));
        go.countDown();
        String line = "";
        while (!line.contains("[DONE]")) {
          assertFalse(line.contains("ping"), line);
          line = reader.readLine();
        }
      }
    }
  }

  @Test
  void oneConnectionServesManyRequests() {
    try (var fixture = ServerFixture.start()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(200, fixture.chat(i % 2 == 0 ? "" : STREAM).statusCode());
      }
      assertTrue(fixture.model.streams.stream().allMatch(stream -> stream.closed.getCount() == 0
          || awaitQuietly(stream.closed)));
    }
  }

  private static boolean awaitQuietly(CountDownLatch latch) {
    try {
      return latch.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void refusesWhatTheQueueHasNoRoomFor() throws Exception {
    try (var fixture = ServerFixture.start()) {
      var go = new CountDownLatch(1);
      var running = new CountDownLatch(1);
      var slots = new AtomicInteger(1);
      fixture.model.script(request -> {
        if (slots.getAndDecrement() <= 0) {
          throw new PlatformException(StandardErrorCode.SERVER_BUSY, "the queue is full");
        }
        running.countDown();
        return List.of(new Step.Await(go), new Step.Say("done"));
      });
      var first = CompletableFuture.supplyAsync(() -> fixture.chat(""));
      assertTrue(running.await(10, TimeUnit.SECONDS));
      HttpResponse<String> second = fixture.chat("");
      assertEquals(429, second.statusCode());
      assertEquals("1", second.headers().firstValue("retry-after").orElse(""));
      go.countDown();
      assertEquals(200, first.get(10, TimeUnit.SECONDS).statusCode());
    }
  }

  @Test
  void stopsAtOnceWhenNothingRuns() throws Exception {
    var fixture = ServerFixture.start(ServerFixture.options().gracePeriod(Duration.ofSeconds(20)).build());
    assertEquals(200, fixture.get("/healthz").statusCode());
    assertEquals(413, fixture
        .raw("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n").lines()
        .findFirst().map(line -> Integer.parseInt(line.split(" ", -1)[1])).orElse(0));
    try (Socket idle = fixture.connect("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      assertEquals("HTTP/1.1 200 OK", reader(idle).readLine());
      long start = System.nanoTime();
      fixture.close();
      assertTrue(System.nanoTime() - start < 5_000_000_000L, "waited for nothing");
    }
    fixture.server.awaitStop();
  }

  @Test
  void letsAnOpenStreamEndAndAcceptsNoOther() throws Exception {
    var fixture = ServerFixture.start(ServerFixture.options().gracePeriod(Duration.ofSeconds(30)).build());
    var go = new CountDownLatch(1);
    fixture.model.script(new Step.Say("first"), new Step.Await(go), new Step.Say("last"));
    int port = fixture.server.port();
    try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
      var reader = reader(socket);
      readUntil(reader, "first");
      var closing = CompletableFuture.runAsync(fixture::close);
      // Soon nobody can connect any more, while the stream lives.
      long deadline = System.nanoTime() + 10_000_000_000L;
      while (canConnect(port)) {
        assertTrue(System.nanoTime() < deadline, "still accepts");
      }
      assertFalse(closing.isDone());
      go.countDown();
      readUntil(reader, "last");
      readUntil(reader, "[DONE]");
      closing.get(10, TimeUnit.SECONDS);
    }
  }

  private static boolean canConnect(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  @Test
  void cutsOffWhatOutlivesTheGracePeriod() throws Exception {
    var fixture = ServerFixture.start(ServerFixture.options().gracePeriod(Duration.ofMillis(300)).build());
    fixture.model.script(new Step.Say("first"), new Step.Await(never));
    var whole = CompletableFuture.supplyAsync(() -> fixture.chat(""));
    while (fixture.model.streams.isEmpty()) {
      Thread.onSpinWait();
    }
    try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
      var reader = reader(socket);
      readUntil(reader, "first");
      long start = System.nanoTime();
      fixture.close();
      assertTrue(System.nanoTime() - start < 5_000_000_000L, "waited too long");
      String error = readUntil(reader, "error");
      assertTrue(error.contains("unavailable_error"), error);
      String rest = reader.readLine();
      while (rest != null && !rest.contains("[DONE]")) {
        rest = reader.readLine();
      }
      Assertions.assertNull(rest);
    }
    assertNotNull(whole);
    assertEquals(503, whole.get(10, TimeUnit.SECONDS).statusCode());
    for (var stream : fixture.model.streams) {
      assertTrue(stream.closed.await(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void stopsAlthoughAClientDoesNotRead() throws Exception {
    var fixture = ServerFixture.start(ServerFixture.options().gracePeriod(Duration.ofMillis(300)).build());
    fixture.model.script(new Step.Repeat("x".repeat(100_000)));
    try (Socket socket = fixture.connect(ServerFixture.rawChat(STREAM))) {
      readUntil(reader(socket), "xxx");
      long start = System.nanoTime();
      fixture.close();
      assertTrue(System.nanoTime() - start < 8_000_000_000L, "waited too long");
    }
    assertTrue(onlyStream(fixture).closed.await(5, TimeUnit.SECONDS));
  }

  @Test
  void stopsAlthoughARequestIsHalfSent() throws Exception {
    var fixture = ServerFixture.start(ServerFixture.options().gracePeriod(Duration.ofMillis(300)).build());
    try (Socket socket = fixture.connect(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")) {
      assertEquals(200, fixture.get("/healthz").statusCode());
      long start = System.nanoTime();
      fixture.close();
      assertTrue(System.nanoTime() - start < 8_000_000_000L, "waited too long");
      assertTrue(socket.isConnected());
    }
  }
}
