/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.Step;
import dev.trine.llm.bitnet.model.Transformer;
import dev.trine.llm.bitnet.model.Workspace;
import dev.trine.llm.bitnet.sampling.Sampler;
import dev.trine.llm.bitnet.session.TextOutput;
import java.util.BitSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs requests on a thread of its own, several at one time, so that they may come from virtual threads. First come, first
 * served; a bounded number waits, further ones are refused.
 */
public final class Scheduler implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

  private final EngineOptions options;
  private final int vocabularySize;
  private final int contextLength;
  private final Admission admission;
  private final BatchEngine engine;
  private final WarmUp warmUp;
  private final Thread thread;

  /**
   * Starts the engine's thread.
   *
   * @param workspace     for {@link #maxLogits} rows of logits or more
   * @param pool          keys and values, more than a context of them; the scheduler's alone until it is closed
   * @param team          the workspace's
   * @param endTokens     ids that end a generation
   * @param contextLength most tokens of a sequence, prompt and text
   */
  public Scheduler(String name, Transformer transformer, Workspace workspace, PagePool pool, WorkerTeam team,
      Set<Integer> endTokens, int contextLength, EngineOptions options) {
    this(name, transformer, workspace, evaluator(transformer, workspace), pool, team, endTokens, contextLength,
        options);
  }

  /** @param evaluator instead of the transformer's own */
  Scheduler(String name, Transformer transformer, Workspace workspace, StepEvaluator evaluator, PagePool pool,
      WorkerTeam team, Set<Integer> endTokens, int contextLength, EngineOptions options) {
    this.options = options;
    this.vocabularySize = transformer.config().vocabularySize();
    this.contextLength = contextLength;
    this.admission = new Admission(options.slots(), options.queueCapacity());
    var ends = new BitSet(vocabularySize);
    endTokens.forEach(ends::set);
    var supply = new PageSupply(pool, options.keptPages());
    this.engine = new BatchEngine(evaluator, admission, supply, team, ends, contextLength, workspace.maxTokens(),
        workspace.maxLogits());
    this.warmUp = new WarmUp(transformer, workspace, supply, contextLength);
    this.thread = Thread.ofPlatform().name("trine-engine-" + name).daemon().start(this::work);
  }

  /** Rows of logits that a workspace needs for so many slots. */
  public static int maxLogits(int slots) {
    return slots + BatchEngine.MAX_DRAFTS;
  }

  private static StepEvaluator evaluator(Transformer transformer, Workspace workspace) {
    return new StepEvaluator() {
      @Override
      public void evaluate(Step step) {
        transformer.evaluate(workspace, step);
      }

      @Override
      public float[] logits(int row) {
        return workspace.logits(row);
      }
    };
  }

  /**
   * Admits a request.
   *
   * @param prompt    token ids, at least one, with room for one more in the context
   * @param maxTokens largest number of tokens to generate; -1 for as many as the context holds
   * @param drafts    whether tokens may be evaluated ahead
   * @throws PlatformException {@code SERVER_BUSY} when the queue is full, {@code MODEL_UNAVAILABLE} after {@link #close}
   */
  public GenerationStream submit(int[] prompt, int maxTokens, boolean ignoreEnd, SamplingOptions sampling,
      TextOutput output, DraftMode drafts) {
    int room = contextLength - prompt.length;
    int limit = maxTokens < 0 ? room : Math.min(maxTokens, room);
    return admission.submit(new EngineRequest(prompt, limit, ignoreEnd,
        new Sampler(sampling, vocabularySize, contextLength), output, drafts));
  }

  /** Has the engine warm up, and returns when it has or when a request runs. */
  public void warmUp() {
    admission.awaitWarmUp();
  }

  /** What is going on. */
  public EngineStatus status() {
    return engine.status(options.slots());
  }

  private void work() {
    while (true) {
      switch (admission.await()) {
        case REQUESTS -> engine.step();
        case WARM_UP -> warmUpNow();
        case END -> {
          engine.close();
          return;
        }
      }
    }
  }

  private void warmUpNow() {
    boolean complete = true;
    try {
      complete = warmUp.run(admission::isWanted);
    } catch (RuntimeException | Error e) {
      log.warn("Warming up failed; requests are not affected", e);
    }
    if (complete) {
      admission.warmUpIsComplete();
    }
  }

  /** Cancels what runs, refuses what waits, and returns when the engine's thread has ended. */
  @Override
  public void close() {
    admission.close();
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
