/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.scratch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done when this is closed or, where it is open then, when the JVM is told to end. What was opened last is done first, so
 * that a process has ended before the folder goes that it writes to.
 */
public final class Cleanup implements AutoCloseable {

  /** How long a process may take to put its own things away. */
  private static final long SECONDS_TO_END = 3;

  private static final Deque<Cleanup> OPEN = new ArrayDeque<>();
  private static boolean hooked;
  private static boolean ending;

  private final Runnable task;

  private Cleanup(Runnable task) {
    this.task = task;
  }

  /**
   * Deletes a file, or a folder with all that is in it. It need not be there yet.
   *
   * @throws IllegalStateException when the JVM is ending
   */
  public static Cleanup deleting(Path path) {
    return open(() -> delete(path));
  }

  /**
   * Ends a process.
   *
   * @throws IllegalStateException when the JVM is ending
   */
  public static Cleanup ending(Process process) {
    return open(() -> end(process));
  }

  private static Cleanup open(Runnable task) {
    var cleanup = new Cleanup(task);
    synchronized (OPEN) {
      if (ending) {
        throw new IllegalStateException("the JVM is ending");
      }
      if (!hooked) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("trine-cleanup").unstarted(Cleanup::closeAll));
        hooked = true;
      }
      OPEN.addLast(cleanup);
    }
    return cleanup;
  }

  private static void closeAll() {
    for (Cleanup latest = takeLatest(); latest != null; latest = takeLatest()) {
      latest.task.run();
    }
  }

  private static @Nullable Cleanup takeLatest() {
    synchronized (OPEN) {
      ending = true;
      return OPEN.pollLast();
    }
  }

  /** Does it now. While the JVM is ending this does not return, as what was closed under the caller's feet is not the caller's failure. */
  @Override
  public void close() {
    boolean open;
    boolean taken;
    synchronized (OPEN) {
      open = OPEN.remove(this);
      taken = !open && ending;
    }
    if (open) {
      task.run();
    }
    while (taken) {
      LockSupport.park();
    }
  }

  /** What cannot be deleted stays; its name says what it is. */
  static void delete(Path path) {
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException | UncheckedIOException _) {
      // It was not there, or others are writing into it or deleting it.
      return;
    }
  }

  /** By its handle, which leaves alone the streams that another thread reads. */
  private static void end(Process process) {
    try {
      process.toHandle().destroy();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
