/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.draft.StepCosts;
import dev.trine.llm.bitnet.kvcache.PagePool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs requests side by side: each step makes one pass over the weights for all of them (continuous batching, Yu et al., 2022).
 * Whatever goes wrong in a step ends the requests in that step and no other. The engine's thread alone uses it, except for
 * {@link #status}.
 *
 * <p>When the KV cache is full, texts that are only kept for later requests go first. Then the youngest sequence is paused: it
 * gives its pages up and is evaluated anew, prompt and text, when there is room, before any request that waits. As its sampler
 * and its text are kept, the result is the same. The oldest sequence is never paused, so every one comes to its end.
 */
final class BatchEngine {

  /** Drafts of all sequences together in one step. */
  static final int MAX_DRAFTS = 16;

  private static final Logger log = LoggerFactory.getLogger(BatchEngine.class);

  private final StepEvaluator evaluator;
  private final Admission admission;
  private final PageSupply supply;
  private final int contextLength;
  private final StepCosts costs;
  private final ChunkSize chunkSize;
  private final StepPlanner planner;
  private final TokenSampling sampling;
  /** With pages, the oldest first. */
  private final List<Sequence> active = new ArrayList<>();
  /** Without pages, the oldest first. */
  private final Deque<Sequence> paused = new ArrayDeque<>();
  private final List<Sequence> ending = new ArrayList<>();
  private long admitted;
  private volatile int usedPages;
  private volatile int cachedPages;
  private final LongAdder draftTokens = new LongAdder();
  private final LongAdder acceptedDrafts = new LongAdder();
  private final Consumer<Sequence> pause = this::pause;

  /**
   * Nothing runs at first.
   *
   * @param maxTokens largest number of tokens in one step
   * @param maxLogits largest number of tokens in one step whose logits are wanted
   */
  BatchEngine(StepEvaluator evaluator, Admission admission, PageSupply supply, WorkerTeam team, BitSet endTokens,
      int contextLength, int maxTokens, int maxLogits) {
    this.evaluator = evaluator;
    this.admission = admission;
    this.supply = supply;
    this.contextLength = contextLength;
    this.costs = new StepCosts(maxTokens);
    this.chunkSize = new ChunkSize(maxTokens);
    this.planner = new StepPlanner(supply, maxTokens, maxLogits, MAX_DRAFTS, chunkSize, costs);
    this.sampling = new TokenSampling(evaluator, team, endTokens);
  }

  /** Takes requests in as far as there are slots and pages, and evaluates one step. Never throws. */
  void step() {
    List<Sequence> involved = active;
    try {
      endCancelled();
      resumeAndAdmit();
      if (planner.plan(active, pause)) {
        involved = planner.members();
        evaluate();
        accept(involved);
      } else if (!active.isEmpty()) {
        throw new PlatformException(StandardErrorCode.SERVER_BUSY, "there is no memory for keys and values of "
            + active.getFirst().length() + " tokens; try again when the machine has more of it");
      }
    } catch (RuntimeException | Error e) {
      fail(List.copyOf(involved), e);
    }
    if (active.isEmpty()) {
      planner.clear();
    }
    supply.trim();
    usedPages = supply.usedPages();
    cachedPages = supply.tree().pages();
  }

  private void endCancelled() {
    for (Sequence sequence : active) {
      if (sequence.stream.cancelled()) {
        ending.add(sequence);
      }
    }
    for (Sequence sequence : paused) {
      if (sequence.stream.cancelled()) {
        ending.add(sequence);
      }
    }
    for (Sequence sequence : ending) {
      finishSafely(sequence, FinishReason.CANCELLED);
    }
    ending.clear();
  }

  private void resumeAndAdmit() {
    Sequence resumed = paused.peek();
    while (resumed != null && hasRoomFor(resumed.tokens(), resumed.length())) {
      paused.remove();
      begin(resumed);
      resumed = paused.peek();
    }
    if (resumed != null) {
      return;
    }
    EngineStream next = admission.next();
    while (next != null && hasRoomFor(next.request().prompt(), next.request().prompt().length)) {
      if (admission.begin(next)) {
        admit(next);
      }
      next = admission.next();
    }
  }

  /** Alone, everything has room: the pool holds a whole context. */
  private boolean hasRoomFor(int[] tokens, int length) {
    return active.isEmpty() || supply.hasRoomFor(tokens, length, active);
  }

  private void admit(EngineStream stream) {
    Sequence sequence;
    try {
      sequence = new Sequence(stream, supply.pool(), contextLength, admitted);
    } catch (RuntimeException | Error e) {
      admission.end(stream);
      stream.fail(asPlatformException(e));
      return;
    }
    admitted++;
    begin(sequence);
  }

  private void begin(Sequence sequence) {
    int index = active.size();
    while (index > 0 && active.get(index - 1).number > sequence.number) {
      index--;
    }
    active.add(index, sequence);
    supply.tree().adopt(sequence.cache, sequence.tokens(), sequence.length() - 1);
    sequence.searched(supply.tree().version());
    sequence.begin();
  }

  private void pause(Sequence sequence) {
    active.remove(sequence);
    sequence.pause();
    paused.addFirst(sequence);
  }

  private void evaluate() {
    long start = System.nanoTime();
    evaluator.evaluate(planner.step());
    long nanos = System.nanoTime() - start;
    int prompt = planner.promptTokens();
    if (prompt > 0) {
      chunkSize.record(prompt, nanos);
    } else {
      costs.record(planner.step().tokenCount(), nanos);
    }
    sampling.sample(planner.members(), planner.step().logitCount());
  }

  private void accept(List<Sequence> members) {
    for (Sequence sequence : members) {
      if (!sequence.generating()) {
        acceptPrompt(sequence);
      }
    }
    // A copy of the list would be garbage in every step; members stay in the planner's list when they leave the active ones.
    for (int i = 0; i < members.size(); i++) {
      Sequence sequence = members.get(i);
      Throwable failure = sequence.failure();
      if (failure != null) {
        fail(List.of(sequence), failure);
      } else if (sequence.generating()) {
        acceptSafely(sequence);
      }
    }
  }

  /** Lets others share what has been evaluated of a prompt, already while this sequence runs. */
  private void acceptPrompt(Sequence sequence) {
    int full = sequence.cache.length() / PagePool.PAGE_TOKENS * PagePool.PAGE_TOKENS;
    if (full > sequence.cache.length() - sequence.planned()) {
      supply.tree().add(sequence.cache, sequence.tokens(), full);
    }
    sequence.publishProgress();
    if (sequence.pending() == 0) {
      sequence.promptDone();
    }
  }

  private void acceptSafely(Sequence sequence) {
    try {
      FinishReason reason = acceptTokens(sequence);
      if (reason != null) {
        finishSafely(sequence, reason);
      }
    } catch (RuntimeException | Error e) {
      fail(List.of(sequence), e);
    }
  }

  /** Takes what was chosen into the text; why the request ends with it, or null when it goes on. */
  private @Nullable FinishReason acceptTokens(Sequence sequence) {
    FinishReason reason = sequence.request.maxTokens() == 0 ? FinishReason.LENGTH : null;
    int taken = 0;
    while (reason == null && taken < sequence.sampledCount()) {
      reason = acceptToken(sequence, sequence.sampledToken(taken));
      taken++;
    }
    if (sequence.drafted() > 0) {
      // All that were chosen, but for the last one, are in the cache: they were drafts. The rest was guessed wrong.
      int accepted = Math.max(0, taken - 1);
      sequence.cache.truncate(sequence.cache.length() - sequence.drafted() + accepted);
      sequence.countDrafts(accepted);
      draftTokens.add(sequence.drafted());
      acceptedDrafts.add(accepted);
    }
    return reason;
  }

  private @Nullable FinishReason acceptToken(Sequence sequence, int token) {
    sequence.countToken();
    if (sampling.isEnd(sequence, token)) {
      return FinishReason.STOP;
    }
    sequence.append(token);
    sequence.stream.publishText(sequence.request.output().accept(token));
    if (sequence.request.output().stopped()) {
      return FinishReason.STOP;
    }
    if (sequence.completionTokens() >= sequence.request.maxTokens()) {
      return FinishReason.LENGTH;
    }
    return sequence.stream.cancelled() ? FinishReason.CANCELLED : null;
  }

  private void finishSafely(Sequence sequence, FinishReason reason) {
    try {
      String rest = sequence.request.output().finish();
      supply.tree().add(sequence.cache, sequence.tokens(), sequence.cache.length());
      remove(sequence);
      sequence.stream.publishText(rest);
      sequence.stream.publish(sequence.finished(reason));
    } catch (RuntimeException | Error e) {
      fail(List.of(sequence), e);
    }
  }

  private void fail(List<Sequence> sequences, Throwable cause) {
    if (cause instanceof VirtualMachineError) {
      // If memory ran out, this is most of what can be given back.
      supply.tree().clear();
    }
    PlatformException failure = asPlatformException(cause);
    for (Sequence sequence : sequences) {
      remove(sequence);
      // One that has its last event already is read no further.
      sequence.stream.fail(failure);
    }
  }

  private static PlatformException asPlatformException(Throwable cause) {
    if (cause instanceof PlatformException failure) {
      return failure;
    }
    log.error("A step of the engine failed", cause);
    return new PlatformException(StandardErrorCode.SERVER_ERROR, "the generation failed: " + cause, cause);
  }

  /** Before the caller learns of the end, so that its next request finds the slot free. */
  private void remove(Sequence sequence) {
    active.remove(sequence);
    paused.remove(sequence);
    sequence.cache.release();
    admission.end(sequence.stream);
  }

  /** Forgets the texts that were kept for later. */
  void close() {
    supply.tree().clear();
  }

  /** What is going on; from any thread. */
  EngineStatus status(int slots) {
    return new EngineStatus(slots, admission.runningRequests(), admission.waitingRequests(), supply.pool().maxPages(),
        usedPages, cachedPages, PagePool.pageBytes(supply.pool().shape(), supply.pool().layout().type()),
        draftTokens.sum(),
        acceptedDrafts.sum());
  }
}
