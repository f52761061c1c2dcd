/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import com.sun.management.ThreadMXBean;
import dev.trine.api.PlatformException;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.Usage;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.Step;
import dev.trine.llm.bitnet.model.Transformer;
import dev.trine.llm.bitnet.model.Workspace;
import dev.trine.llm.bitnet.session.TextOutput;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The demo model behind a scheduler whose steps a test can hold, count and let fail. */
final class TestEngine implements AutoCloseable {

  static final Path DEMO = Path.of("..", "models", "trine-tiny");

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What a request came to. */
  record Result(String text, FinishReason reason, Usage usage) {}

  final Scheduler scheduler;
  final PagePool pool;
  /** Tokens of each step, in order. */
  final List<Integer> stepTokens = new ArrayList<>();

  /** What the forward pass has allocated on the engine's thread. */
  final AtomicLong evaluatorBytes = new AtomicLong();

  private final Arena arena = Arena.ofShared();
  private final WorkerTeam team;
  private final Workspace workspace;
  private final Transformer transformer;
  private final Tokenizer tokenizer;
  private final Semaphore permits = new Semaphore(0);
  private volatile boolean held;
  private volatile IntFunction<@Nullable Throwable> failures = step -> null;

  /**
   * @param contextLength most tokens of a sequence
   * @param pages         most pages of the KV cache
   */
  TestEngine(int contextLength, int pages, int slots, int queueCapacity, int threads) {
    Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();
    var checkpoint = Checkpoints.open(DEMO, arena);
    ModelConfig config = checkpoint.config().withContextLength(contextLength);
    tokenizer = checkpoint.loadTokenizer();
    transformer = new Transformer(config, checkpoint.loadWeights(kernels, arena, threads, (done, total) -> {}));
    team = new WorkerTeam("test-worker", threads);
    workspace = new Workspace(config, kernels, team, 128, Scheduler.maxLogits(slots));
    var shape = transformer.cacheShape();
    pool = new PagePool(shape, KeyValueType.F32, pages * PagePool.pageBytes(shape, KeyValueType.F32));
    scheduler = new Scheduler("test", transformer, workspace, new Evaluator(), pool, team, checkpoint.endTokens(),
        contextLength, new EngineOptions(slots, queueCapacity, DraftMode.OFF, pages));
  }

  private final class Evaluator implements StepEvaluator {

    @Override
    public void evaluate(Step step) {
      if (held) {
        permits.acquireUninterruptibly();
      }
      int number;
      synchronized (stepTokens) {
        number = stepTokens.size();
        stepTokens.add(step.tokenCount());
      }
      switch (failures.apply(number)) {
        case null -> {
          long before = THREADS.getCurrentThreadAllocatedBytes();
          transformer.evaluate(workspace, step);
          evaluatorBytes.addAndGet(THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new IllegalStateException("unchecked exceptions only");
      }
    }

    @Override
    public float[] logits(int row) {
      return workspace.logits(row);
    }
  }

  /** Lets no step begin but those that {@link #step} lets through. */
  void hold() {
    held = true;
  }

  /** Lets so many steps through. */
  void step(int count) {
    permits.release(count);
  }

  /** Lets a step through while others are held, and returns when the one after it has been planned. */
  void finishStep() throws InterruptedException {
    int next = steps() + 1;
    await(permits::hasQueuedThreads);
    permits.release();
    await(() -> steps() == next && permits.hasQueuedThreads());
  }

  void letGo() {
    held = false;
    permits.release(1_000_000);
  }

  /** Which step, counted from 0, fails and how. */
  void failures(IntFunction<@Nullable Throwable> which) {
    failures = which;
  }

  int steps() {
    synchronized (stepTokens) {
      return stepTokens.size();
    }
  }

  /** Tokens of the latest step that was let through. */
  int lastStepTokens() {
    synchronized (stepTokens) {
      return stepTokens.getLast();
    }
  }

  /** Tokens of all steps from one on, counted from 0. */
  int stepTokensFrom(int first) {
    synchronized (stepTokens) {
      return stepTokens.subList(first, stepTokens.size()).stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** Waits until something is so. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain");
      }
      Thread.sleep(1);
    }
  }

  int[] tokens(String text) {
    return tokenizer.encode(text, false);
  }

  GenerationStream submit(int[] prompt, int maxTokens, SamplingOptions sampling, DraftMode drafts) {
    return scheduler.submit(prompt, maxTokens, true, sampling,
        new TextOutput(tokenizer.newStreamDecoder(false, Set.of(1, 2, 300)), List.of("no such text")), drafts);
  }

  GenerationStream greedy(int[] prompt, int maxTokens) {
    return submit(prompt, maxTokens, SamplingOptions.greedy(), DraftMode.OFF);
  }

  static Result result(GenerationStream stream) {
    var text = new StringBuilder();
    while (true) {
      switch (stream.next()) {
        case GenerationEvent.TextDelta(String delta) -> text.append(delta);
        case GenerationEvent.PromptProgress _ -> {
        }
        case GenerationEvent.Finished(FinishReason reason, Usage usage) -> {
          return new Result(text.toString(), reason, usage);
        }
      }
    }
  }

  static PlatformException failure(GenerationStream stream) {
    try {
      Result result = result(stream);
      throw new AssertionError("did not fail: " + result);
    } catch (PlatformException e) {
      return e;
    }
  }

  /** Bytes that the engine's thread and its workers have allocated, the forward pass included. */
  static long allocatedBytes() {
    long sum = 0;
    for (var info : THREADS.dumpAllThreads(false, false)) {
      if (info.getThreadName().startsWith("trine-engine-test") || info.getThreadName().startsWith("test-worker")) {
        sum += THREADS.getThreadAllocatedBytes(info.getThreadId());
      }
    }
    return sum;
  }

  /** Waits until the engine has done its work, and says whether it uses no pages but those of the prefix tree. */
  boolean holdsNothing() throws InterruptedException {
    await(
        () -> scheduler.status().running() == 0 && scheduler.status().usedPages() == scheduler.status().cachedPages());
    return true;
  }

  @Override
  public void close() {
    letGo();
    scheduler.close();
    pool.close();
    workspace.close();
    team.close();
    arena.close();
  }
}
