/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.generation;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import dev.trine.app.http.error.HttpErrorCode;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** One running generation and the client that waits for it. Pulled by one thread; cancelled from any. */
public final class Generation implements AutoCloseable {

  private enum State {
    /** Nobody has pulled yet; perhaps nobody ever will. */
    UNPULLED, PULLED, CLOSED
  }

  private final GenerationStream stream;
  private final ClientConnection client;
  private final Consumer<Generation> onClose;
  private final AtomicReference<State> state = new AtomicReference<>(State.UNPULLED);
  private volatile Runnable stopListening = () -> {};

  Generation(GenerationStream stream, ClientConnection client, Consumer<Generation> onClose) {
    this.stream = stream;
    this.client = client;
    this.onClose = onClose;
  }

  void begin() {
    stopListening = client.onClose(this::abandon);
  }

  /**
   * Waits for the next event.
   *
   * @throws PlatformException when the generation failed, or was stopped because the server stops
   */
  public GenerationEvent next() {
    if (!state.compareAndSet(State.UNPULLED, State.PULLED) && state.get() == State.CLOSED) {
      throw stopped();
    }
    GenerationEvent event = stream.next();
    if (event instanceof GenerationEvent.Finished finished && finished.reason() == FinishReason.CANCELLED) {
      throw stopped();
    }
    return event;
  }

  private static PlatformException stopped() {
    return new PlatformException(HttpErrorCode.SERVER_STOPPING, "the answer was cut off: it was cancelled");
  }

  /** Stops the generation; whoever pulls it sees that as a failure. */
  public void cancel() {
    stream.cancel();
  }

  /** The client is gone. If nobody pulls, nobody would close either. */
  private void abandon() {
    stream.cancel();
    if (state.compareAndSet(State.UNPULLED, State.CLOSED)) {
      release();
    }
  }

  @Override
  public void close() {
    if (state.getAndSet(State.CLOSED) != State.CLOSED) {
      release();
    }
  }

  private void release() {
    try {
      stopListening.run();
      stream.close();
    } finally {
      onClose.accept(this);
    }
  }
}
