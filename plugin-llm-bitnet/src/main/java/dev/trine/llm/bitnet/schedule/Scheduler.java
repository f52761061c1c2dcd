/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.Usage;
import dev.trine.llm.bitnet.sampling.Sampler;
import dev.trine.llm.bitnet.session.TextOutput;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits requests to the engine, first come first served: one runs, a bounded number waits, further ones are refused. The
 * engine works on a thread of its own, so that requests may come from virtual threads.
 */
public final class Scheduler implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

  private final Engine engine;
  private final int queueCapacity;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Generation> waiting = new ArrayDeque<>();
  private @Nullable Generation running;
  private boolean warmUpWanted;
  private boolean closed;

  /**
   * Starts the engine's thread.
   *
   * @param queueCapacity how many requests may wait while one runs
   */
  public Scheduler(String name, Engine engine, int queueCapacity) {
    this.engine = engine;
    this.queueCapacity = queueCapacity;
    this.thread = Thread.ofPlatform().name("trine-engine-" + name).daemon().start(this::work);
  }

  /**
   * Admits a request.
   *
   * @param prompt    token ids, at least one, with room for one more in the context
   * @param maxTokens largest number of tokens to generate; -1 for as many as the context holds
   * @throws PlatformException {@code SERVER_BUSY} when the queue is full, {@code MODEL_UNAVAILABLE} after {@link #close}
   */
  public Generation submit(int[] prompt, int maxTokens, boolean ignoreEnd, SamplingOptions sampling,
      TextOutput output) {
    int room = engine.contextLength() - prompt.length;
    int limit = maxTokens < 0 ? room : Math.min(maxTokens, room);
    Generation generation;
    lock.lock();
    try {
      if (closed) {
        throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model is being closed");
      }
      // One that was cancelled gives its place up, although the engine may still be in its last step.
      int places = running == null || running.cancelled() ? queueCapacity + 1 : queueCapacity;
      if (waiting.size() >= places) {
        throw new PlatformException(StandardErrorCode.SERVER_BUSY,
            "the model is busy and " + waiting.size() + " requests are waiting; try again later");
      }
      var sampler = new Sampler(sampling, engine.vocabularySize(), engine.contextLength());
      generation = new Generation(this, prompt, limit, ignoreEnd, sampler, output);
      waiting.add(generation);
      if (running == null && waiting.size() == 1) {
        // Counts as running from here on, so that a queue of 0 admits one request at a time, not two.
        running = waiting.remove();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return generation;
  }

  /** Has the engine warm up, and returns when it has or when a request runs. */
  public void warmUp() {
    lock.lock();
    try {
      warmUpWanted = true;
      changed.signalAll();
      while (warmUpWanted && !closed) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether something waits that is more important than warming up. */
  private boolean isWanted() {
    lock.lock();
    try {
      return running != null || closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a request that has not begun; one that runs notices its own cancellation. */
  void removeIfWaiting(Generation generation) {
    boolean removed;
    lock.lock();
    try {
      removed = waiting.remove(generation);
    } finally {
      lock.unlock();
    }
    if (removed) {
      generation.publish(
          new GenerationEvent.Finished(FinishReason.CANCELLED, new Usage(generation.prompt.length, 0, 0, 0, 0)));
    }
  }

  private void work() {
    while (true) {
      Generation generation = awaitNext();
      if (generation != null) {
        Runnable ending = run(generation);
        // Before the caller learns of the end, so that its next request finds the engine free.
        takeNext();
        ending.run();
      } else if (isClosed()) {
        return;
      } else {
        warmUpNow();
      }
    }
  }

  /**
   * Runs a generation and returns how its caller is to be told the end. Whatever goes wrong, a file that was cut off while it is
   * mapped included, ends this request alone: without the thread every later one would wait for ever.
   */
  private Runnable run(Generation generation) {
    try {
      var finished = engine.run(generation);
      return () -> generation.publish(finished);
    } catch (PlatformException e) {
      return () -> generation.fail(e);
    } catch (RuntimeException | Error e) {
      log.error("A generation failed", e);
      return () -> generation
          .fail(new PlatformException(StandardErrorCode.SERVER_ERROR, "the generation failed: " + e, e));
    }
  }

  /** The request to run; null to warm up or to end. */
  private @Nullable Generation awaitNext() {
    lock.lock();
    try {
      while (running == null && !closed && !warmUpWanted) {
        changed.awaitUninterruptibly();
      }
      if (running != null) {
        // A request warms up just as well.
        endWarmUp();
      }
      return running;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void warmUpNow() {
    try {
      engine.warmUp(this::isWanted);
    } catch (RuntimeException | Error e) {
      log.warn("Warming up failed; requests are not affected", e);
    }
    lock.lock();
    try {
      endWarmUp();
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock held. */
  private void endWarmUp() {
    warmUpWanted = false;
    changed.signalAll();
  }

  private void takeNext() {
    lock.lock();
    try {
      running = waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Cancels what runs, refuses what waits, and returns when the engine's thread has ended. */
  @Override
  public void close() {
    List<Generation> refused;
    lock.lock();
    try {
      closed = true;
      refused = List.copyOf(waiting);
      waiting.clear();
      if (running != null) {
        running.cancel();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (Generation generation : refused) {
      generation.fail(new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model was closed"));
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
