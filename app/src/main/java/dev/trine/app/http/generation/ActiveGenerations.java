/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.generation;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.app.http.GracePeriodEnded;
import dev.trine.app.http.error.HttpErrorCode;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.graceful.GracefulShutdownCapable;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The generations that run on behalf of clients. A server that stops waits for them, and in the end stops them. */
@Singleton
public final class ActiveGenerations implements GracefulShutdownCapable {

  private final Set<Generation> active = new HashSet<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private boolean stopping;

  /**
   * Starts a generation for a client; it is stopped when the client's connection closes. The caller closes it.
   *
   * @throws PlatformException what {@link LanguageModel#generate} throws, {@code SERVER_STOPPING}
   */
  public Generation start(LanguageModel model, GenerationRequest request, ClientConnection client) {
    synchronized (this) {
      if (stopping) {
        throw new PlatformException(HttpErrorCode.SERVER_STOPPING, "the server is being stopped");
      }
    }
    var generation = new Generation(model.generate(request), client, this::remove);
    boolean late;
    synchronized (this) {
      active.add(generation);
      late = stopping;
    }
    generation.begin();
    if (late) {
      generation.cancel();
    }
    return generation;
  }

  private synchronized void remove(Generation generation) {
    active.remove(generation);
    completeWhenDrained();
  }

  private synchronized void completeWhenDrained() {
    if (stopping && active.isEmpty()) {
      drained.complete(null);
    }
  }

  /** Admits no more, and completes when the last running one has ended. */
  @Override
  public synchronized CompletionStage<?> shutdownGracefully() {
    stopping = true;
    completeWhenDrained();
    return drained;
  }

  @EventListener
  void cancelAll(GracePeriodEnded event) {
    rest().forEach(Generation::cancel);
  }

  private synchronized List<Generation> rest() {
    return List.copyOf(active);
  }

  /** Whoever waits for a client that does not read is never asked for more, and would never close. */
  @PreDestroy
  void closeRest() {
    rest().forEach(generation -> {
      generation.cancel();
      generation.close();
    });
  }
}
