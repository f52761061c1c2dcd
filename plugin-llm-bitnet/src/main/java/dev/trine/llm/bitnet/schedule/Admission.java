/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where callers and the engine's thread meet: requests wait here, first come first served, until the engine has a slot for them.
 * A bounded number waits, further ones are refused. Safe for use by several threads.
 */
final class Admission {

  /** What the engine's thread is to do next. */
  enum Work {
    /** There are requests. */
    REQUESTS,
    /** Nothing else to do. */
    WARM_UP,
    /** Closed, and every request has ended. */
    END
  }

  private final int slots;
  private final int queueCapacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<EngineStream> waiting = new ArrayDeque<>();
  private final List<EngineStream> running = new ArrayList<>();
  private long admitted;
  private boolean warmUpWanted;
  private boolean closed;

  Admission(int slots, int queueCapacity) {
    this.slots = slots;
    this.queueCapacity = queueCapacity;
  }

  /** @throws PlatformException {@code SERVER_BUSY}, {@code MODEL_UNAVAILABLE} */
  EngineStream submit(EngineRequest request) {
    lock.lock();
    try {
      if (closed) {
        throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model is being closed");
      }
      if (liveRequests() >= slots + queueCapacity) {
        throw new PlatformException(StandardErrorCode.SERVER_BUSY,
            "the model is busy and " + waiting.size() + " requests are waiting; try again later");
      }
      var stream = new EngineStream(request, this);
      waiting.add(stream);
      admitted++;
      changed.signalAll();
      return stream;
    } finally {
      lock.unlock();
    }
  }

  /** One that was cancelled gives its place up at once, although the engine may still be in its last step. */
  private int liveRequests() {
    int live = waiting.size();
    for (EngineStream stream : running) {
      if (!stream.cancelled()) {
        live++;
      }
    }
    return live;
  }

  /** Ends a request that has not begun; the engine notices the cancellation of one that runs. */
  void cancelled(EngineStream stream) {
    boolean removed;
    lock.lock();
    try {
      removed = waiting.remove(stream);
    } finally {
      lock.unlock();
    }
    if (removed) {
      stream.publish(new GenerationEvent.Finished(FinishReason.CANCELLED,
          new Usage(stream.request().prompt().length, 0, 0, 0, 0)));
    }
  }

  /** Waits until there is something to do. Called by the engine's thread. */
  Work await() {
    lock.lock();
    try {
      while (true) {
        if (!waiting.isEmpty() || !running.isEmpty()) {
          return Work.REQUESTS;
        }
        if (closed) {
          return Work.END;
        }
        if (warmUpWanted) {
          return Work.WARM_UP;
        }
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The request that is next in line, or null when no slot is free or none waits. Called by the engine's thread. */
  @Nullable
  EngineStream next() {
    lock.lock();
    try {
      return running.size() < slots ? waiting.peek() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the first in line a slot; false when it is not that any more. Called by the engine's thread. */
  boolean begin(EngineStream stream) {
    lock.lock();
    try {
      if (waiting.peek() != stream) {
        return false;
      }
      waiting.remove();
      running.add(stream);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Frees a slot; before the caller learns of the end, so that its next request finds it free. */
  void end(EngineStream stream) {
    lock.lock();
    try {
      running.remove(stream);
    } finally {
      lock.unlock();
    }
  }

  /** Asks for a warm-up and waits until it is complete, or until a request has come in between: it goes on after that. */
  void awaitWarmUp() {
    lock.lock();
    try {
      long before = admitted;
      warmUpWanted = true;
      changed.signalAll();
      while (warmUpWanted && !closed && admitted == before && waiting.isEmpty() && running.isEmpty()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether something waits that is more important than warming up. */
  boolean isWanted() {
    lock.lock();
    try {
      return closed || !waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  void warmUpIsComplete() {
    lock.lock();
    try {
      warmUpWanted = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int waitingRequests() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  int runningRequests() {
    lock.lock();
    try {
      return running.size();
    } finally {
      lock.unlock();
    }
  }

  /** Admits no more, cancels what runs and refuses what waits. */
  void close() {
    List<EngineStream> refused;
    lock.lock();
    try {
      closed = true;
      refused = List.copyOf(waiting);
      waiting.clear();
      running.forEach(EngineStream::cancel);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    for (EngineStream stream : refused) {
      stream.fail(new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model was closed"));
    }
  }
}
