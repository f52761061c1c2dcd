/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.generation;

import dev.trine.app.http.ServerOptions;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Sends frames as server-sent events. A virtual thread pulls them only as fast as the client reads; a client that leaves
 * cancels the source.
 */
@Singleton
public final class EventStreams {

  private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = new byte[0];
  private static final Executor VIRTUAL_THREADS = task -> Thread.ofVirtual().name("event-stream").start(task);

  private final Scheduler scheduler = Schedulers.fromExecutor(VIRTUAL_THREADS);
  private final Duration keepAlive;

  EventStreams(ServerOptions options) {
    this.keepAlive = options.keepAlive();
  }

  /**
   * The response that carries a source's frames.
   *
   * @param client      who reads them
   * @param pingSeconds silence after which a comment is sent; null for the server's default, negative for never
   */
  public MutableHttpResponse<?> respond(FrameSource source, ClientConnection client, @Nullable Long pingSeconds) {
    Duration silence = pingSeconds == null ? keepAlive : Duration.ofSeconds(pingSeconds);
    // On the connection's own thread a client's leaving comes before a frame or after it: the framework fails on frames that it
    // was handed before and finds after. One frame is taken in advance, no more.
    Flux<byte[]> frames = frames(source, silence).publishOn(Schedulers.fromExecutor(client.thread()), 1);
    return HttpResponse.ok(frames).contentType(MediaType.TEXT_EVENT_STREAM_TYPE)
        .header("Cache-Control", "no-cache").header("X-Accel-Buffering", "no");
  }

  private Flux<byte[]> frames(FrameSource source, Duration silence) {
    var lastFrame = new AtomicLong(System.nanoTime());
    Flux<byte[]> frames = Flux.<byte[], FrameSource>generate(() -> source, (from, sink) -> {
      String data = from.next();
      if (data == null) {
        sink.complete();
      } else {
        lastFrame.set(System.nanoTime());
        sink.next(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
      }
      return from;
    }, EventStreams::closeAside).subscribeOn(scheduler).doOnCancel(source::cancel);
    if (!silence.isPositive()) {
      return frames;
    }
    Flux<byte[]> pings = Flux.interval(silence).onBackpressureDrop()
        .filter(tick -> System.nanoTime() - lastFrame.get() >= silence.toNanos()).map(tick -> PING);
    return Flux.merge(frames.concatWithValues(END), pings).takeWhile(frame -> frame != END);
  }

  /** A cancelled stream may be closed on the thread that serves all connections, which must not wait for an engine. */
  private static void closeAside(FrameSource source) {
    VIRTUAL_THREADS.execute(source::close);
  }
}
