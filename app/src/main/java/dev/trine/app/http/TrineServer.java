/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.model.ModelRegistry;
import dev.trine.app.plugin.PluginRuntime;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.runtime.graceful.GracefulShutdownCapable;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.BindException;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running server. */
public final class TrineServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TrineServer.class);

  /** Time for telling clients that their answers were cut off. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final ApplicationContext context;
  private final EmbeddedServer server;
  private final ServerOptions options;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private boolean closing;

  private TrineServer(ApplicationContext context, EmbeddedServer server, ServerOptions options) {
    this.context = context;
    this.server = server;
    this.options = options;
  }

  /**
   * Starts listening. The models may still be loading; they and the plugins stay the caller's to close, after the server.
   *
   * @throws PlatformException {@code INVALID_CONFIGURATION} when the address cannot be listened on
   */
  public static TrineServer start(ServerOptions options, PluginRuntime plugins, ModelRegistry models) {
    var context = ApplicationContext.builder().deduceEnvironment(false).deduceCloudEnvironment(false)
        .environmentPropertySource(false).bootstrapEnvironment(false).banner(false)
        .propertySources(PropertySource.of("trine", properties(options))).singletons(options, plugins, models).build();
    try {
      context.start();
      EmbeddedServer server = context.getBean(EmbeddedServer.class);
      server.start();
      LOG.debug("listening on {}", server.getURI());
      return new TrineServer(context, server, options);
    } catch (RuntimeException e) {
      context.close();
      throw startFailure(options, e);
    }
  }

  private static Map<String, Object> properties(ServerOptions options) {
    return Map.of("micronaut.server.host", options.host(), "micronaut.server.port", options.port(),
        "micronaut.server.max-request-size", options.maxBodyBytes(),
        // An answer may be silent for long; a client that left is noticed by its closed connection. Requests that do not arrive
        // to their end are given up much earlier, see UnfinishedRequests.
        "micronaut.server.idle-timeout", "30m", "micronaut.serde.serialization.inclusion", "ALWAYS",
        "micronaut.application.name", "trine",
        // Which pages may call is decided in one place, and that is not the framework's own check.
        "micronaut.server.cors.localhost-pass-through", true);
  }

  private static RuntimeException startFailure(ServerOptions options, RuntimeException failure) {
    String address = options.host() + ":" + options.port();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return unusable(address, cause.getMessage()
            + "; stop the program that uses the port, or choose another one with --port", failure);
      }
      if (cause instanceof SocketException) {
        return unusable(address, cause.getMessage() + "; choose another port with --port", failure);
      }
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return unusable(address, "there is no such host; choose another one with --host", failure);
      }
    }
    return failure;
  }

  private static PlatformException unusable(String address, String why, RuntimeException failure) {
    return new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "cannot listen on " + address + ": " + why,
        failure);
  }

  /** Where the server answers, such as {@code http://127.0.0.1:8000}. */
  public URI uri() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return URI.create("http://" + host + ":" + port());
  }

  /** The port that the server listens on. */
  public int port() {
    return server.getPort();
  }

  /** Waits until the server has stopped. */
  public void awaitStop() throws InterruptedException {
    stopped.await();
  }

  /**
   * Stops accepting, lets running answers end for as long as the grace period, then stops those as well. Returns when
   * everything is released; at once when nothing runs.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
    }
    try {
      drain();
    } finally {
      context.close();
      stopped.countDown();
    }
  }

  private void drain() {
    var drained = CompletableFuture.allOf(context.getBeansOfType(GracefulShutdownCapable.class).stream()
        .map(capable -> capable.shutdownGracefully().toCompletableFuture()).toArray(CompletableFuture<?>[]::new));
    if (!await(drained, options.gracePeriod())) {
      LOG.warn("stopping the answers that still run after {} s", options.gracePeriod().toSeconds());
      context.publishEvent(new GracePeriodEnded());
      await(drained, LAST_WORDS);
    }
  }

  /** Whether it ended in time. */
  private static boolean await(CompletableFuture<Void> drained, Duration patience) {
    try {
      drained.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      LOG.warn("the server did not stop in order", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
