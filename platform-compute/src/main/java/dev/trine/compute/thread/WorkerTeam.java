/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.thread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work on one task together, again and again: a token of a language model of 2 billion weights forks and joins some
 * 300 times, ten times in each of its 30 layers, so one fork and join must cost well under a microsecond. The calling thread is one of them; the others are persistent daemon
 * threads that spin for a short while between tasks, then park, so that an idle team burns no processor time.
 *
 * <p>A task is cut into parts that depend on nothing but its size, and whichever thread is free claims the next part. So results
 * do not depend on who did what, and a thread that is not on a core, because other programs have it, holds up nobody: the
 * others do its work. Only a part that was begun must be waited for, which is why the parts should be small (some ten
 * microseconds) where other programs may compute too. Waiting threads soon park instead of yielding: a thread that comes back
 * from a park gets its core at once, one that yields comes last.
 *
 * <p>A team runs one task at a time. Give it no more threads than there are processors, see {@link #usable}.
 */
public final class WorkerTeam implements AutoCloseable {

  /** Work that is split into as many shares as the team has workers. */
  @FunctionalInterface
  public interface Task {

    /**
     * Does one share; see {@link WorkerTeam#from}. Each share is done once, by any of the threads, one may do several.
     *
     * @param worker number of the share, 0..workers, exclusively
     * @param workers size of the team
     */
    void run(int worker, int workers);
  }

  /** Work on ranges of items. */
  @FunctionalInterface
  public interface RangeTask {

    /**
     * Does some of the items.
     *
     * @param worker the thread that does them, 0..workers, exclusively: at any time only one part is done under this number
     * @param from first item
     * @param to end of the items, exclusive, above {@code from}
     */
    void run(int worker, int from, int to);
  }

  private enum State {
    IDLE, RUNNING, CLOSED
  }

  /**
   * How long a thread that waits spins before it parks, at most: longer than shares of equal work differ, shorter than a time slice. A
   * thread that is woken often lands on the core of the one that wakes it, and both share that core for a while.
   */
  private static final long MOST_SPIN_NANOS = 1_000_000;
  /** How long at least, when spinning was in vain again and again. */
  private static final long LEAST_SPIN_NANOS = 50_000;
  /** Failures that are attached to the first, at most. */
  private static final int MOST_SUPPRESSED = 64;
  /** Spins between looks at the clock. */
  private static final int SPINS = 32;

  private final String name;
  private final Helper[] helpers;
  /** Of whichever thread is in {@link #run}. */
  private final Patience callerPatience = new Patience();
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
  /** Parts that nobody has claimed yet; counts down. Whoever lowers it has a part of the task that is published now. */
  private final Counter unclaimed = new Counter();
  /** Parts that are not finished; at 0 the task is done. */
  private final Counter unfinished = new Counter();

  // The task. Written before unclaimed is raised, and only when all parts are finished; read after a part was claimed.
  private @Nullable Task task;
  private @Nullable RangeTask rangeTask;
  private int parts;
  private int items;
  private int grain;

  /** The thread in {@link #run} or {@link #forEach}. */
  private volatile @Nullable Thread caller;
  private volatile boolean callerParked;
  private volatile boolean closed;
  /** What parts of the task failed with, but for the lowest; with room for all of them from the first. Guarded by itself. */
  private final List<Throwable> failures = new ArrayList<>(MOST_SUPPRESSED);
  /** Of the lowest part that failed; guarded by the failures, like its part. */
  private @Nullable Throwable failure;
  private int failedPart;

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

  /**
   * The number of workers that are of use: what is wanted, but not more than the processors that this process may use, limits of
   * its container included. Threads that share a processor only take turns.
   *
   * @param wanted at least 1
   */
  public static int usable(int wanted) {
    return Math.min(wanted, Runtime.getRuntime().availableProcessors());
  }

  /** Size of the team, the calling thread included. */
  public int workers() {
    return helpers.length + 1;
  }

  /**
   * Runs all shares of a task and returns when all have finished. What they wrote is visible to the caller afterwards. When
   * shares fail, the others are done all the same; then the failure of the lowest is thrown, the others (up to {@value #MOST_SUPPRESSED})
   * are attached as suppressed, and the team stays usable.
   *
   * @throws IllegalStateException when the team is closed or already runs a task, also when called from within that task
   */
  public void run(Task newTask) {
    begin();
    try {
      task = newTask;
      rangeTask = null;
      workOn(workers());
    } finally {
      end();
    }
  }

  /**
   * Does {@code count} items in parts of {@code newGrain} (the last may be smaller) and returns when all have finished, like
   * {@link #run}. The parts begin at multiples of the grain, however many workers there are.
   *
   * @param count number of items, at least 0
   * @param newGrain items in a part, at least 1
   * @throws IllegalStateException when the team is closed or already runs a task, also when called from within that task
   */
  public void forEach(int count, int newGrain, RangeTask newTask) {
    if (count < 0 || newGrain < 1) {
      throw new IllegalArgumentException("cannot do " + count + " items in parts of " + newGrain);
    }
    begin();
    try {
      task = null;
      rangeTask = newTask;
      items = count;
      grain = newGrain;
      workOn((int) (((long) count + newGrain - 1) / newGrain));
    } finally {
      end();
    }
  }

  private void begin() {
    if (!state.compareAndSet(State.IDLE, State.RUNNING)) {
      throw new IllegalStateException(
          state.get() == State.CLOSED
              ? "worker team '" + name + "' is closed"
              : "worker team '" + name + "' already runs a task");
    }
    caller = Thread.currentThread();
  }

  private void end() {
    task = null;
    rangeTask = null;
    caller = null;
    state.set(State.IDLE);
  }

  private void workOn(int newParts) {
    parts = newParts;
    unfinished.set(newParts);
    unclaimed.set(newParts);
    for (int i = 0; i < helpers.length && i < newParts - 1; i++) {
      helpers[i].wake();
    }
    claimAndRun(0);
    join();
    rethrow();
  }

  /** Does parts of the task until there are none left. */
  private void claimAndRun(int worker) {
    int done = 0;
    for (int left = unclaimed.get(); left > 0; left = unclaimed.get()) {
      if (unclaimed.compareAndSet(left, left - 1)) {
        runPart(parts - left, worker);
        done++;
      }
    }
    if (done > 0 && unfinished.addAndGet(-done) == 0 && callerParked) {
      LockSupport.unpark(caller);
    }
  }

  private void runPart(int part, int worker) {
    Task shares = task;
    RangeTask ranges = rangeTask;
    try {
      if (shares != null) {
        shares.run(part, workers());
      } else if (ranges != null) {
        int from = part * grain;
        ranges.run(worker, from, from + Math.min(grain, items - from));
      }
    } catch (Throwable e) {
      fail(part, e);
    }
  }

  private void join() {
    if (!spinUntilFinished()) {
      callerParked = true;
      while (unfinished.get() != 0) {
        LockSupport.park(this);
      }
      callerParked = false;
    }
  }

  private boolean spinUntilFinished() {
    long limit = callerPatience.nanos;
    long start = 0;
    for (int spins = 1; unfinished.get() != 0; spins++) {
      if (spins % SPINS == 0) {
        long now = System.nanoTime();
        if (start == 0) {
          start = now;
        } else if (now - start > limit) {
          callerPatience.lost();
          return false;
        }
      }
      Thread.onSpinWait();
    }
    callerPatience.gained();
    return true;
  }

  /** How long one thread spins: longer after it was worth while, shorter after it was not, as beside other busy programs. */
  private static final class Patience {

    long nanos = MOST_SPIN_NANOS;

    void gained() {
      nanos = Math.min(MOST_SPIN_NANOS, nanos + nanos / 8);
    }

    void lost() {
      nanos = Math.max(LEAST_SPIN_NANOS, nanos / 2);
    }
  }

  /** Throws nothing: a part that is never finished would be waited for for ever. */
  private void fail(int part, Throwable e) {
    synchronized (failures) {
      Throwable other = e;
      if (failure == null || part < failedPart) {
        other = failure;
        failure = e;
        failedPart = part;
      }
      if (other != null && failures.size() < MOST_SUPPRESSED) {
        failures.add(other);
      }
    }
  }

  private void rethrow() {
    Throwable lowest;
    synchronized (failures) {
      lowest = failure;
      failure = null;
      if (lowest == null) {
        return;
      }
      try {
        for (Throwable other : failures) {
          if (other != lowest) { // the JVM throws the same error for all when memory is short
            lowest.addSuppressed(other);
          }
        }
      } finally {
        failures.clear();
      }
    }
    switch (lowest) {
      case Error e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException("tasks throw unchecked exceptions only", lowest);
    }
  }

  /**
   * Ends the threads, after the task that is running, if any, and waits for them. A closed team stays closed; closing it again does nothing.
   *
   * @throws IllegalStateException when called by a worker from within a task
   */
  // ThreadPriorityCheck: closing is no matter of microseconds, so the closer lets the task's threads go first.
  @SuppressWarnings("ThreadPriorityCheck")
  @Override
  public void close() {
    while (!state.compareAndSet(State.IDLE, State.CLOSED)) {
      if (state.get() == State.CLOSED) {
        return;
      }
      if (isWorker(Thread.currentThread())) {
        throw new IllegalStateException("worker team '" + name + "' cannot be closed from within its own task");
      }
      Thread.yield();
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

  /** A counter that shares its cache line with nothing that others write: the array's header and slack lie around it. */
  private static final class Counter {

    private static final int PAD = 32;
    private final AtomicIntegerArray cells = new AtomicIntegerArray(2 * PAD);

    int get() {
      return cells.get(PAD);
    }

    void set(int value) {
      cells.set(PAD, value);
    }

    int addAndGet(int change) {
      return cells.addAndGet(PAD, change);
    }

    boolean compareAndSet(int expected, int value) {
      return cells.compareAndSet(PAD, expected, value);
    }
  }

  /** One of the persistent threads. */
  private final class Helper implements Runnable {

    private final int worker;
    private final Thread thread;
    private final Patience patience = new Patience();
    private volatile boolean parked;

    Helper(int worker) {
      this.worker = worker;
      this.thread = Thread.ofPlatform().daemon().name(name + "-" + worker).unstarted(this);
    }

    void wake() {
      if (parked) {
        parked = false; // so that it is woken once
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void run() {
      while (awaitTask()) {
        claimAndRun(worker);
      }
    }

    /** Waits for parts to claim; false when there will be none. */
    private boolean awaitTask() {
      long start = 0;
      for (int spins = 1; unclaimed.get() == 0; spins++) {
        if (closed) {
          return false;
        }
        if (spins % SPINS == 0) {
          long now = System.nanoTime();
          if (start == 0) {
            start = now;
          } else if (now - start > patience.nanos) {
            patience.lost();
            park();
            start = 0;
          }
        }
        Thread.onSpinWait();
      }
      patience.gained();
      return true;
    }

    private void park() {
      parked = true;
      if (unclaimed.get() == 0 && !closed) {
        LockSupport.park(WorkerTeam.this);
      }
      parked = false;
    }
  }
}
