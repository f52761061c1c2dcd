/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.Iterator;

/**
 * The events of one generation, pulled by one thread. The last event is a {@link GenerationEvent.Finished}, also when the
 * generation was cancelled. {@code next} waits for the next event and throws a {@link dev.trine.api.PlatformException} when the
 * generation failed.
 */
public interface GenerationStream extends Iterator<GenerationEvent>, AutoCloseable {

  /** Stops the generation within one step of the engine; callable from any thread, more than once. */
  void cancel();

  /** Cancels if the generation still runs, and releases its session. */
  @Override
  void close();
}
