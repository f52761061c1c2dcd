/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.bench.scratch.Cleanup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** From the start of a process to its first token, by the clock on the wall. */
public final class FirstTokenRow implements Row {

  private static final double MS_PER_SECOND = 1000;
  private static final int ERROR_TAIL_CHARS = 400;
  /** Packing a large model that comes from a slow disk takes minutes. */
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private final Start start;
  private final boolean cached;
  private final Duration limit;
  private final Samples milliseconds = new Samples();

  /** How a process is started that writes one token to its standard output and ends. */
  @FunctionalInterface
  public interface Start {

    /** Starts it; its standard error goes into {@code errors}. */
    Process start(Path errors) throws IOException;
  }

  /**
   * @param cached whether what an earlier start has left is there, such as packed weights
   */
  public FirstTokenRow(Start start, boolean cached) {
    this(start, cached, LIMIT);
  }

  FirstTokenRow(Start start, boolean cached, Duration limit) {
    this.start = start;
    this.cached = cached;
    this.limit = limit;
  }

  @Override
  public String name() {
    return "first_token";
  }

  @Override
  public String what() {
    return cached ? "later start" : "first start";
  }

  @Override
  public void measure(boolean counts) {
    try {
      Path errors = Files.createTempFile("trine-bench", ".err");
      try (var _ = Cleanup.deleting(errors)) {
        double elapsed = run(errors);
        if (counts) {
          milliseconds.add(elapsed);
        }
      }
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "cannot start a process of its own: " + e, e);
    }
  }

  /** Milliseconds until the first byte of the answer. */
  private double run(Path errors) throws IOException {
    long begin = System.nanoTime();
    Process process = start.start(errors);
    // By its handle: the process itself would close the stream that is being read.
    CompletableFuture<Void> timer = CompletableFuture.runAsync(() -> process.toHandle().destroyForcibly(),
        CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
    try (var _ = Cleanup.ending(process)) {
      process.getOutputStream().close();
      long first;
      try (InputStream out = process.getInputStream()) {
        boolean came = out.read() >= 0;
        first = System.nanoTime();
        out.readAllBytes();
        int exitCode = process.waitFor();
        if (!came || exitCode != 0) {
          String text = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).strip();
          String what = System.nanoTime() - begin >= limit.toNanos()
              ? "had not ended after " + limit.toSeconds() + " s"
              : "ended with " + exitCode + " and no token";
          throw new PlatformException(StandardErrorCode.SERVER_ERROR, "a process of its own " + what + ": "
              + text.substring(Math.max(0, text.length() - ERROR_TAIL_CHARS)));
        }
      }
      return (first - begin) / 1e6;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the first token", e);
    } finally {
      timer.cancel(false);
      process.destroyForcibly();
    }
  }

  @Override
  public int repetitions() {
    return milliseconds.count();
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("ms", Math.round(milliseconds.median()));
    figures.put("ms_fastest", Math.round(milliseconds.min()));
    figures.put("ms_slowest", Math.round(milliseconds.max()));
    figures.put("cached", cached);
    return figures;
  }

  @Override
  public String line() {
    return String.format(Locale.ROOT, "%9.2f s", milliseconds.median() / MS_PER_SECOND)
        + Figures.range("         (%.2f to %.2f)", milliseconds, MS_PER_SECOND);
  }
}
