/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;

/** Work on a thread of its own, from when it is made. Its failure is that of who waits for it. */
final class BackgroundTask<T> implements AutoCloseable {

  /** What is done. */
  @FunctionalInterface
  interface Work<T> {

    /** @param stop says whether nobody wants the result any more */
    T run(BooleanSupplier stop);
  }

  private final FutureTask<T> task;
  private final Thread thread;
  private volatile boolean stopped;

  BackgroundTask(String name, Work<T> work) {
    task = new FutureTask<>(() -> work.run(() -> stopped));
    thread = Thread.ofPlatform().daemon().name(name).start(task);
  }

  /**
   * The result, when it is there.
   *
   * @throws PlatformException as the work threw it, or {@code SERVER_ERROR}
   */
  T await() {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case PlatformException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new PlatformException(StandardErrorCode.SERVER_ERROR,
            "a model could not be loaded: " + e.getCause(), e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted while loading a model", e);
    }
  }

  /** Waits for the end of the work, whose result nobody wants any more: it may be reading memory that is about to be unmapped. */
  @Override
  public void close() {
    stopped = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
