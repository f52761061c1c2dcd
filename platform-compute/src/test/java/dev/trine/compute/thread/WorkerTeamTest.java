/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.thread;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class WorkerTeamTest {

  private static Thread[] helpersOf(String team) {
    return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith(team + "-"))
        .toArray(Thread[]::new);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void runsEveryWorkerOncePerTask(int workers) {
    int[] runs = new int[workers];
    try (WorkerTeam team = new WorkerTeam("once", workers)) {
      for (int i = 0; i < 5000; i++) {
        team.run((worker, size) -> {
          assertEquals(workers, size);
          runs[worker]++;
        });
        int task = i + 1;
        assertTrue(Arrays.stream(runs).allMatch(n -> n == task), () -> task + ": " + Arrays.toString(runs));
      }
    }
  }

  @Test
  void sharesAreDoneByTheCallerAndDaemonThreads() {
    try (WorkerTeam team = new WorkerTeam("caller", 2)) {
      Thread[] threads = new Thread[2];
      var allBegan = new CountDownLatch(2);
      team.run((worker, workers) -> {
        threads[worker] = Thread.currentThread();
        allBegan.countDown();
        awaitUninterruptibly(allBegan);
      });
      Thread helper = threads[0] == Thread.currentThread() ? threads[1] : threads[0];
      assertTrue(List.of(threads).contains(Thread.currentThread()));
      assertEquals("caller-1", helper.getName());
      assertTrue(helper.isDaemon());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void doesEveryItemOnceInPartsOfTheGrain(int workers) {
    try (WorkerTeam team = new WorkerTeam("items", workers)) {
      for (int count : new int[]{0, 1, 2, 7, 8, 9, 100}) {
        for (int grain : new int[]{1, 3, 8, 1000, Integer.MAX_VALUE}) {
          var done = new AtomicIntegerArray(count);
          var taken = new AtomicIntegerArray(workers);
          team.forEach(count, grain, (worker, from, to) -> {
            assertEquals(1, taken.incrementAndGet(worker), "two parts under one number");
            assertEquals(0, from % grain);
            assertEquals(Math.min((long) from + grain, count), to);
            for (int item = from; item < to; item++) {
              done.incrementAndGet(item);
            }
            taken.decrementAndGet(worker);
          });
          for (int item = 0; item < count; item++) {
            assertEquals(1, done.get(item), "item " + item + " of " + count + " in parts of " + grain);
          }
        }
      }
      assertThrows(IllegalArgumentException.class, () -> team.forEach(-1, 1, (worker, from, to) -> {}));
      assertThrows(IllegalArgumentException.class, () -> team.forEach(1, 0, (worker, from, to) -> {}));
    }
  }

  @Test
  void theOthersDoTheWorkOfAThreadThatIsHeldUp() {
    try (WorkerTeam team = new WorkerTeam("late", 2)) {
      int parts = 50;
      var finished = new AtomicInteger();
      var heldUp = new AtomicBoolean();
      team.forEach(parts, 1, (worker, from, to) -> {
        if (heldUp.compareAndSet(false, true)) {
          while (finished.get() < parts - 1) {
            Thread.onSpinWait();
          }
        }
        finished.incrementAndGet();
      });
      assertEquals(parts, finished.get());
    }
  }

  @Test
  void throwsTheFailureOfAnyWorkerAndStaysUsable() {
    try (WorkerTeam team = new WorkerTeam("failing", 3)) {
      for (int failing = 0; failing < 3; failing++) {
        int bad = failing;
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> team.run((worker, workers) -> {
          if (worker == bad) {
            throw new IllegalArgumentException("worker " + worker);
          }
        }));
        assertEquals("worker " + bad, e.getMessage());
      }
      StackOverflowError all = assertThrows(StackOverflowError.class, () -> team.run((worker, workers) -> {
        throw new StackOverflowError("worker " + worker);
      }));
      assertEquals("worker 0", all.getMessage());
      assertEquals(2, all.getSuppressed().length);
      int[] runs = new int[3];
      team.run((worker, workers) -> runs[worker]++);
      assertEquals(3, Arrays.stream(runs).sum());
    }
  }

  @Test
  void attachesAllOtherFailuresToTheLowestInWhateverOrderTheyCome() {
    try (WorkerTeam team = new WorkerTeam("backwards", 3)) {
      var threads = new AtomicReferenceArray<Thread>(3);
      IllegalArgumentException lowest = assertThrows(IllegalArgumentException.class,
          () -> team.run((worker, workers) -> {
            threads.set(worker, Thread.currentThread());
            if (worker < 2) { // fails after the next one: a thread that has failed finds no other share, and parks
              while (threads.get(worker + 1) == null || threads.get(worker + 1).getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
            }
            throw new IllegalArgumentException("worker " + worker);
          }));
      assertEquals("worker 0", lowest.getMessage());
      assertEquals(List.of("worker 1", "worker 2"),
          Arrays.stream(lowest.getSuppressed()).map(Throwable::getMessage).sorted().toList());
    }
  }

  @Test
  void throwsOnceWhatSeveralPartsThrow() {
    try (WorkerTeam team = new WorkerTeam("same", 3)) {
      var one = new OutOfMemoryError("the JVM's own");
      assertSame(one, assertThrows(OutOfMemoryError.class, () -> team.run((worker, workers) -> {
        throw one;
      })));
      assertEquals(0, one.getSuppressed().length);
    }
  }

  @Test
  void attachesNoMoreFailuresThanHaveRoom() {
    try (WorkerTeam team = new WorkerTeam("many", 2)) {
      var lowest = assertThrows(IllegalArgumentException.class, () -> team.forEach(1000, 1, (worker, from, to) -> {
        throw new IllegalArgumentException("part " + from);
      }));
      assertEquals("part 0", lowest.getMessage());
      assertEquals(64, lowest.getSuppressed().length);
      team.run((worker, workers) -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void refusesTasksWithinTasks(int workers) {
    try (WorkerTeam team = new WorkerTeam("nested", workers)) {
      IllegalStateException e = assertThrows(IllegalStateException.class,
          () -> team.run((worker, size) -> team.run((w, s) -> {})));
      assertEquals("worker team 'nested' already runs a task", e.getMessage());
      assertThrows(IllegalStateException.class, () -> team.run((worker, size) -> close(team)));
      team.run((worker, size) -> {});
    }
  }

  private static void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void refusesTasksAfterClose(int workers) {
    WorkerTeam team = new WorkerTeam("closed", workers);
    team.close();
    team.close();
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> team.run((worker, size) -> {}));
    assertEquals("worker team 'closed' is closed", e.getMessage());
  }

  @Test
  void closeEndsTheThreads() {
    WorkerTeam team = new WorkerTeam("ending", 4);
    assertEquals(3, helpersOf("ending").length);
    team.close();
    assertEquals(0, helpersOf("ending").length);
  }

  @Test
  void closeWaitsForTheRunningTask() throws Exception {
    WorkerTeam team = new WorkerTeam("waiting", 2);
    CountDownLatch started = new CountDownLatch(2);
    CountDownLatch finish = new CountDownLatch(1);
    AtomicReference<String> result = new AtomicReference<>("not run");
    Thread caller = Thread.ofPlatform().start(() -> {
      team.run((worker, workers) -> {
        started.countDown();
        awaitUninterruptibly(finish);
      });
      result.set("finished");
    });
    started.await();
    Thread closer = Thread.ofPlatform().start(team::close);
    assertThrows(IllegalStateException.class, () -> team.run((worker, workers) -> {}));
    finish.countDown();
    caller.join();
    closer.join();
    assertEquals("finished", result.get());
    assertEquals(0, helpersOf("waiting").length);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void idleThreadsParkAndWakeUpAgain() {
    try (WorkerTeam team = new WorkerTeam("idle", 3)) {
      for (int round = 0; round < 3; round++) {
        for (Thread helper : helpersOf("idle")) {
          while (helper.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
        }
        var allBegan = new CountDownLatch(3);
        team.run((worker, workers) -> {
          allBegan.countDown();
          awaitUninterruptibly(allBegan);
        });
      }
    }
  }

  @Test
  void waitingCallerParksUntilTheLastWorkerHasFinished() {
    try (WorkerTeam team = new WorkerTeam("slow", 2)) {
      Thread caller = Thread.currentThread();
      var allBegan = new CountDownLatch(2);
      var done = new AtomicInteger();
      team.run((worker, workers) -> {
        allBegan.countDown();
        awaitUninterruptibly(allBegan);
        if (Thread.currentThread() != caller) {
          while (caller.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
        }
        done.incrementAndGet();
      });
      assertEquals(2, done.get());
    }
  }

  @Test
  void runsWithoutAllocating() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int[] runs = new int[32];
    WorkerTeam.Task task = (worker, workers) -> runs[worker * 16]++;
    WorkerTeam.RangeTask ranges = (worker, from, to) -> runs[from * 16]++;
    try (WorkerTeam team = new WorkerTeam("lean", 2)) {
      long[] ids = {Thread.currentThread().threadId(), helpersOf("lean")[0].threadId()};
      for (long id : ids) {
        threads.getThreadAllocatedBytes(id);
      }
      team.run(task);
      team.forEach(2, 1, ranges);
      long[] before = threads.getThreadAllocatedBytes(ids);
      for (int i = 0; i < 10_000; i++) {
        team.run(task);
        team.forEach(2, 1, ranges);
      }
      long[] after = threads.getThreadAllocatedBytes(ids);
      for (int i = 0; i < ids.length; i++) {
        // Less than the smallest object, 16 bytes, for each fork and join.
        assertTrue(after[i] - before[i] < 100_000, i + ": " + (after[i] - before[i]));
      }
    }
  }

  @Test
  void usableWorkersAreAtMostTheProcessors() {
    int processors = Runtime.getRuntime().availableProcessors();
    assertEquals(1, WorkerTeam.usable(1));
    assertEquals(processors, WorkerTeam.usable(processors));
    assertEquals(processors, WorkerTeam.usable(processors + 1));
  }

  @Test
  void sharesCoverEverythingOnce() {
    for (int workers = 1; workers < 9; workers++) {
      for (int n : new int[]{0, 1, 7, 20, 54, Integer.MAX_VALUE}) {
        int next = 0;
        for (int worker = 0; worker < workers; worker++) {
          assertEquals(next, WorkerTeam.from(worker, workers, n));
          next = WorkerTeam.to(worker, workers, n);
        }
        assertEquals(n, next);
        assertEquals((long) n, WorkerTeam.to(workers - 1, workers, (long) n));
      }
    }
  }

  @Test
  void refusesEmptyTeams() {
    assertThrows(IllegalArgumentException.class, () -> new WorkerTeam("empty", 0));
  }
}
