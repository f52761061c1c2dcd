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

  private static final int BATCHES = 40;
  private static final int ROUND_TRIPS = 500;
  private static final long GIVE_UP_NANOS = 1_000_000_000L;
  /** How often it is tried: where other programs keep the processors busy, two threads may not run at one time for a whole second. */
  private static final int ATTEMPTS = 3;

  private final long giveUpNanos;
  private final Samples nanos = new Samples();

  HandOver() {
    this(GIVE_UP_NANOS);
  }

  HandOver(long giveUpNanos) {
    this.giveUpNanos = giveUpNanos;
  }

  /** Nanoseconds of a round trip, of each measurement that counted. */
  Samples nanos() {
    return nanos;
  }

  /** Measures once; anew where that gave nothing. It may give nothing in the end. */
  void measure(boolean counts) {
    long fastest = 0;
    for (int attempt = 0; attempt < ATTEMPTS && fastest == 0; attempt++) {
      fastest = fastestBatch();
    }
    if (fastest > 0 && counts) {
      nanos.add((double) fastest / ROUND_TRIPS);
    }
  }

  /** Nanoseconds of the fastest of many batches, for another program may take a processor away in some; 0 where time was up before one. */
  private long fastestBatch() {
    var turn = new AtomicInteger();
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      long deadline = System.nanoTime() + giveUpNanos;
      Future<?> answers = other.submit(() -> takeTurns(turn, 1, (BATCHES + 1) * ROUND_TRIPS, deadline));
      // The first is for the compiler, and for the other thread to get a processor of its own.
      boolean inTime = takeTurns(turn, 0, ROUND_TRIPS, deadline);
      long fastest = Long.MAX_VALUE;
      for (int i = 0; i < BATCHES && inTime; i++) {
        long start = System.nanoTime();
        inTime = takeTurns(turn, 0, ROUND_TRIPS, deadline);
        if (inTime) {
          fastest = Math.min(fastest, System.nanoTime() - start);
        }
      }
      answers.get();
      return fastest < Long.MAX_VALUE ? fastest : 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("measuring failed", e);
    }
  }

  /** Takes its turn so many times; false when the deadline came first. */
  private static boolean takeTurns(AtomicInteger turn, int side, int count, long deadline) {
    for (int i = 0; i < count; i++) {
      for (int spins = 1; turn.get() != side; spins++) {
        if (spins % 1024 == 0 && System.nanoTime() - deadline > 0) {
          return false;
        }
        Thread.onSpinWait();
      }
      turn.set(1 - side);
    }
    return true;
  }
}
