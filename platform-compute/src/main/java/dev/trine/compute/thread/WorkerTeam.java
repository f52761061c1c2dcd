/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.thread;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that run one task together, again and again: a token of a language model forks and joins some 240 times, so one
 * fork and join must cost well under a microsecond. The calling thread is worker 0; the others are persistent daemon
 * threads that spin for a short while between tasks, then yield, then park, so that an idle team burns no processor time.
 *
 * <p>
 * A team runs one task at a time. Give it no more workers than there are free cores: spinning threads that share a core
 * slow each other down many times over.
 */
public final class WorkerTeam implements AutoCloseable {

  /** Work that is split by worker index. */
  @FunctionalInterface
  public interface Task {

    /**
     * Does one worker's share; see {@link WorkerTeam#from}.
     *
     * @param worker 0..workers, exclusively
     * @param workers size of the team
     */
    void run(int worker, int workers);
  }

  private enum State {
    IDLE, RUNNING, CLOSED
  }

  private static final int SPINS = 2000;
  private static final int YIELDS = 500;

  private final String name;
  private final Helper[] helpers;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
  private final AtomicInteger unfinished = new AtomicInteger();

  /** The thread in {@link #run}. */
  private volatile @Nullable Thread caller;
  private volatile boolean callerParked;
  private @Nullable Task task;
  /** Counts tasks; a change publishes {@link #task}. */
  private volatile int generation;
  private volatile boolean closed;

  /**
   * Starts {@code workers - 1} threads.
   *
   * @param name prefix of the threads' names, used in errors too
   * @param workers size of the team, the calling thread included, at least 1
   * @throws IllegalArgumentException for fewer than one worker
   */
  public WorkerTeam(String name, int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("a team has at least one worker, not " + workers);
    }
    this.name = name;
    this.helpers = new Helper[workers - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
    }
    for (Helper helper : helpers) {
      helper.thread.start();
    }
  }

  /** Size of the team, the calling thread included. */
  public int workers() {
    return helpers.length + 1;
  }

  /**
   * Runs a task on all workers and returns when all have finished. What the workers wrote is visible to the caller
   * afterwards. When workers fail, the failure of the lowest is thrown, the others are attached as suppressed, and the team
   * stays usable.
   *
   * @throws IllegalStateException when the team is closed or already runs a task, also when called from within that task
   */
  public void run(Task newTask) {
    if (!state.compareAndSet(State.IDLE, State.RUNNING)) {
      throw new IllegalStateException(
          state.get() == State.CLOSED
              ? "worker team '" + name + "' is closed"
              : "worker team '" + name + "' already runs a task");
    }
    caller = Thread.currentThread();
    try {
      if (helpers.length == 0) {
        newTask.run(0, 1);
      } else {
        fork(newTask);
        Throwable failure = runShare(newTask, 0);
        join();
        rethrow(failure);
      }
    } finally {
      caller = null;
      state.set(State.IDLE);
    }
  }

  private void fork(Task newTask) {
    task = newTask;
    unfinished.set(helpers.length);
    int next = generation + 1;
    generation = next;
    for (Helper helper : helpers) {
      if (helper.parked) {
        LockSupport.unpark(helper.thread);
      }
    }
  }

  private void join() {
    for (int waits = 0; unfinished.get() != 0; waits++) {
      if (waits < SPINS + YIELDS) {
        pause(waits);
      } else {
        callerParked = true;
        if (unfinished.get() != 0) {
          LockSupport.park(this);
        }
        callerParked = false;
      }
    }
    task = null;
  }

  // ThreadPriorityCheck: yielding is what lets more workers than free cores make progress before they park.
  @SuppressWarnings("ThreadPriorityCheck")
  private static void pause(int waits) {
    if (waits < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  private @Nullable Throwable runShare(Task current, int worker) {
    try {
      current.run(worker, workers());
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private void rethrow(@Nullable Throwable ofCaller) {
    Throwable first = ofCaller;
    for (Helper helper : helpers) {
      Throwable failure = helper.failure;
      helper.failure = null;
      if (first == null) {
        first = failure;
      } else if (failure != null && failure != first) {
        first.addSuppressed(failure);
      }
    }
    switch (first) {
      case null -> {
      }
      case Error e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException("tasks throw unchecked exceptions only", first);
    }
  }

  /**
   * Ends the threads, after the task that is running, if any, and waits for them. A closed team stays closed; closing it again does nothing.
   *
   * @throws IllegalStateException when called by a worker from within a task
   */
  @Override
  public void close() {
    while (!state.compareAndSet(State.IDLE, State.CLOSED)) {
      if (state.get() == State.CLOSED) {
        return;
      }
      if (isWorker(Thread.currentThread())) {
        throw new IllegalStateException("worker team '" + name + "' cannot be closed from within its own task");
      }
      pause(SPINS);
    }
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper.thread);
    }
    try {
      for (Helper helper : helpers) {
        helper.thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the threads end all the same, only unawaited
    }
  }

  private boolean isWorker(Thread thread) {
    if (thread == caller) {
      return true;
    }
    for (Helper helper : helpers) {
      if (thread == helper.thread) {
        return true;
      }
    }
    return false;
  }

  /** The first of the {@code n} items that are worker {@code worker}'s share; the share ends at {@code from(worker + 1)}. */
  public static int from(int worker, int workers, int n) {
    return (int) ((long) n * worker / workers);
  }

  /** {@link #from(int, int, int)} for long counts, up to {@code Long.MAX_VALUE / workers}. */
  public static long from(int worker, int workers, long n) {
    return n * worker / workers;
  }

  /** The end, exclusive, of worker {@code worker}'s share of {@code n} items. */
  public static int to(int worker, int workers, int n) {
    return from(worker + 1, workers, n);
  }

  /** {@link #to(int, int, int)} for long counts, up to {@code Long.MAX_VALUE / workers}. */
  public static long to(int worker, int workers, long n) {
    return from(worker + 1, workers, n);
  }

  /** One of the persistent threads. */
  private final class Helper implements Runnable {

    private final int worker;
    private final Thread thread;
    private volatile boolean parked;
    private @Nullable Throwable failure;

    Helper(int worker) {
      this.worker = worker;
      this.thread = Thread.ofPlatform().daemon().name(name + "-" + worker).unstarted(this);
    }

    @Override
    public void run() {
      int seen = 0;
      while (awaitTask(seen)) {
        seen++;
        Task current = task;
        if (current != null) {
          failure = runShare(current, worker);
        }
        if (unfinished.decrementAndGet() == 0 && callerParked) {
          LockSupport.unpark(caller);
        }
      }
    }

    /** Waits for the task after number {@code seen}; false when there will be none. */
    private boolean awaitTask(int seen) {
      for (int waits = 0; generation == seen; waits++) {
        if (closed) {
          return false;
        }
        if (waits < SPINS + YIELDS) {
          pause(waits);
        } else {
          parked = true;
          if (generation == seen && !closed) {
            LockSupport.park(WorkerTeam.this);
          }
          parked = false;
        }
      }
      return true;
    }
  }
}
