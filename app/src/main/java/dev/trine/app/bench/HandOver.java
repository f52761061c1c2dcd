/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long a word takes from one processor to another and back: two threads take turns in writing it. Below 0.3 µs the processors share a
 * cache, far above it they do not. A virtual machine's processors may lie near each other in one minute and far apart in the next, and all
 * that threads share is slower then: figures that were taken at different times can only be compared if this one was alike.
 */
final class HandOver {

  private static final int ROUND_TRIPS = 20_000;
  private static final long GIVE_UP_NANOS = 1_000_000_000L;

  private final Samples nanos = new Samples();

  /** Nanoseconds of a round trip, of each measurement that counted. */
  Samples nanos() {
    return nanos;
  }

  /** Measures once; not at all where another program keeps the threads from running at the same time. */
  void measure(boolean counts) {
    var turn = new AtomicInteger();
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      long deadline = System.nanoTime() + GIVE_UP_NANOS;
      Future<Boolean> answers = other.submit(() -> takeTurns(turn, 1, deadline));
      // The first half is for the compiler, and for the other thread to get a processor of its own.
      takeTurns(turn, 0, deadline);
      long start = System.nanoTime();
      boolean inTime = takeTurns(turn, 0, deadline);
      long end = System.nanoTime();
      if (answers.get() && inTime && counts) {
        nanos.add((double) (end - start) / ROUND_TRIPS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("measuring failed", e);
    }
  }

  /** The asking side, 0, does half of what the answering side, 1, does in one call. */
  private static boolean takeTurns(AtomicInteger turn, int side, long deadline) {
    int count = side == 0 ? ROUND_TRIPS : 2 * ROUND_TRIPS;
    for (int i = 0; i < count; i++) {
      for (int spins = 1; turn.get() != side; spins++) {
        if (spins % 1024 == 0 && System.nanoTime() > deadline) {
          return false;
        }
        Thread.onSpinWait();
      }
      turn.set(1 - side);
    }
    return true;
  }
}
