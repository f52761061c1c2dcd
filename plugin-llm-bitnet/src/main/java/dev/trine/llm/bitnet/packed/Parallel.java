/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks on several threads. */
final class Parallel {

  /** One of several tasks. */
  @FunctionalInterface
  interface Task {
    void run(int index) throws IOException;
  }

  private Parallel() {}

  /** Runs tasks 0 to {@code count}, exclusively; the first failure ends all and is thrown. */
  static void run(int count, int threads, Task task) throws IOException {
    var next = new AtomicInteger();
    try (var executor = Executors.newFixedThreadPool(Math.max(1, Math.min(threads, count)))) {
      var futures = new ArrayList<Future<?>>();
      for (int i = 0; i < Math.min(threads, count); i++) {
        futures.add(executor.submit(() -> {
          for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
            try {
              task.run(index);
            } catch (IOException | RuntimeException | Error e) {
              next.set(count);
              throw e;
            }
          }
          return null;
        }));
      }
      for (var future : futures) {
        await(future);
      }
    }
  }

  private static void await(Future<?> future) throws IOException {
    try {
      future.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case PlatformException cause -> throw cause;
        case null, default -> throw new PlatformException(StandardErrorCode.SERVER_ERROR,
            "weights could not be packed: " + e.getCause(), e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted while packing weights", e);
    }
  }
}
