/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the engine. The engine's thread produces the events, the caller pulls them; a caller that pulls
 * slowly does not hold the engine up, and what it has not pulled yet is bounded by the context length.
 */
final class EngineStream implements GenerationStream {

  /** What travels from the engine to the caller. */
  private sealed interface Item {
    record Event(GenerationEvent event) implements Item {}

    record Failure(PlatformException cause) implements Item {}
  }

  private final EngineRequest request;
  private final Admission admission;
  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private volatile boolean cancelled;
  private @Nullable Item lookahead;
  private boolean ended;

  EngineStream(EngineRequest request, Admission admission) {
    this.request = request;
    this.admission = admission;
  }

  EngineRequest request() {
    return request;
  }

  boolean cancelled() {
    return cancelled;
  }

  void publish(GenerationEvent event) {
    items.add(new Item.Event(event));
  }

  void publishText(String text) {
    if (!text.isEmpty()) {
      publish(new GenerationEvent.TextDelta(text));
    }
  }

  void fail(PlatformException cause) {
    items.add(new Item.Failure(cause));
  }

  @Override
  public boolean hasNext() {
    if (ended) {
      return false;
    }
    if (lookahead == null) {
      lookahead = take();
    }
    return true;
  }

  @Override
  public GenerationEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has finished");
    }
    Item item = lookahead;
    lookahead = null;
    return switch (item) {
      case Item.Event(GenerationEvent event) -> {
        ended = event instanceof GenerationEvent.Finished;
        yield event;
      }
      case Item.Failure(PlatformException cause) -> {
        ended = true;
        throw cause;
      }
      case null -> throw new NoSuchElementException("the generation has finished");
    };
  }

  private Item take() {
    try {
      return items.take();
    } catch (InterruptedException e) {
      cancel();
      Thread.currentThread().interrupt();
      return new Item.Failure(
          new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted while waiting for the next token", e));
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    admission.cancelled(this);
  }

  @Override
  public void close() {
    cancel();
  }
}
