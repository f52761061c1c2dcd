/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.Usage;
import dev.trine.llm.bitnet.draft.DraftLengths;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.draft.PromptLookup;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request that has a slot: its text so far and what of it is in its KV cache. The text is always at least one token ahead of
 * the cache. Used by the engine's thread, and during sampling by one of its workers.
 */
final class Sequence implements DraftLengths.Guesses {

  final EngineStream stream;
  final EngineRequest request;
  final SequenceCache cache;
  /** When the request got its slot, counted in requests: the smaller, the older. */
  final long number;
  private final @Nullable PromptLookup lookup;
  private final long startNanos = System.nanoTime();

  /** Prompt and generated tokens, and behind them the drafts of the present step. */
  private int[] tokens;
  private int length;
  /** Whether the prompt has been evaluated and nothing was lost since, so that one token follows the other. */
  private boolean generating;
  /** The version of the prefix tree that was searched last. */
  private long searchedVersion = -1;
  /** Prompt tokens that were never evaluated; -1 before anything is known. */
  private int cachedTokens = -1;
  private boolean paused;
  private int progress;
  private int completionTokens;
  private int draftTokens;
  private int acceptedDraftTokens;
  private long promptEndNanos;

  /** Tokens in the present step; 0 when it is not in it. */
  private int planned;
  /** Those of them that are drafts. */
  private int drafted;
  /** First of its rows of logits in the present step. */
  private int firstLogit;
  private int logitRows;
  /** Tokens chosen in the present step. */
  private int[] sampled = new int[1];
  private int sampledCount;
  private @Nullable Throwable failure;

  Sequence(EngineStream stream, PagePool pool, int contextLength, long number) {
    this.stream = stream;
    this.request = stream.request();
    this.number = number;
    this.cache = new SequenceCache(pool, contextLength);
    this.lookup = request.drafts() == DraftMode.OFF ? null : new PromptLookup();
    this.tokens = Arrays.copyOf(request.prompt(), request.prompt().length + 1);
    this.length = request.prompt().length;
    for (int token : request.prompt()) {
      request.sampler().accept(token);
    }
  }

  int[] tokens() {
    return tokens;
  }

  /** Number of tokens of prompt and text. */
  int length() {
    return length;
  }

  /** How many tokens are to be evaluated before the next one can be chosen; at least 1. */
  int pending() {
    return length - cache.length();
  }

  boolean generating() {
    return generating;
  }

  long searchedVersion() {
    return searchedVersion;
  }

  void searched(long version) {
    searchedVersion = version;
  }

  /** Begins to evaluate, with what the cache holds already. */
  void begin() {
    cachedTokens = cachedTokens < 0 ? cache.length() : Math.min(cachedTokens, cache.length());
  }

  /** Tokens came into the cache without being evaluated while the prompt was. After a pause they may have been before. */
  void adopted(int count) {
    if (!paused) {
      cachedTokens += count;
    }
  }

  // --- the present step

  void planNothing() {
    planned = 0;
    drafted = 0;
    logitRows = 0;
    sampledCount = 0;
  }

  void plan(int count) {
    planned = count;
  }

  int planned() {
    return planned;
  }

  int drafted() {
    return drafted;
  }

  /** Brings what is guessed up to the text, a piece of a long one; whether there is a guess for what comes next. */
  boolean lookUp() {
    if (lookup == null) {
      return false;
    }
    lookup.update(tokens, length, length - request.prompt().length);
    return lookup.hasGuess();
  }

  @Override
  public double acceptance(int index) {
    return lookup == null ? 0 : request.drafts() == DraftMode.ON ? 1 : lookup.acceptance(index);
  }

  /** Most drafts that make sense: the token after the last of them is chosen as well. */
  int draftLimit() {
    return request.maxTokens() - completionTokens - 1;
  }

  void draft(int count) {
    if (lookup != null && count > 0) {
      ensureRoom(length + count);
      drafted = lookup.draft(tokens, count);
      planned += drafted;
    }
  }

  /** How many rows of logits the present step needs for this sequence, as far as it is planned. */
  int neededLogits() {
    return generating || (planned == pending() && request.maxTokens() > 0) ? 1 + drafted : 0;
  }

  void assignLogits(int first, int rows) {
    firstLogit = first;
    logitRows = rows;
  }

  int logitRows() {
    return logitRows;
  }

  int firstLogit() {
    return firstLogit;
  }

  void sampled(int token) {
    if (sampledCount == sampled.length) {
      sampled = Arrays.copyOf(sampled, 2 * sampledCount);
    }
    sampled[sampledCount] = token;
    sampledCount++;
  }

  int sampledCount() {
    return sampledCount;
  }

  int sampledToken(int index) {
    return sampled[index];
  }

  int draftToken(int index) {
    return tokens[length + index];
  }

  void failed(Throwable cause) {
    failure = cause;
  }

  @Nullable
  Throwable failure() {
    return failure;
  }

  // --- what came out of it

  /** The prompt is in the cache, and with it all that can be said without choosing a token. */
  void promptDone() {
    generating = true;
    if (promptEndNanos == 0) {
      promptEndNanos = System.nanoTime();
    }
  }

  /** Tells how much of the prompt has been evaluated, when that has grown. */
  void publishProgress() {
    int done = Math.min(cache.length(), request.prompt().length);
    if (done > progress) {
      progress = done;
      stream.publish(new GenerationEvent.PromptProgress(done, request.prompt().length));
    }
  }

  void countToken() {
    completionTokens++;
  }

  int completionTokens() {
    return completionTokens;
  }

  void append(int token) {
    ensureRoom(length + 1);
    tokens[length] = token;
    length++;
  }

  void countDrafts(int accepted) {
    draftTokens += drafted;
    acceptedDraftTokens += accepted;
  }

  /** Gives its pages to others; it starts anew with prompt and text when there is room again. */
  void pause() {
    cache.release();
    generating = false;
    paused = true;
    planned = 0;
    searchedVersion = -1;
  }

  GenerationEvent.Finished finished(FinishReason reason) {
    long now = System.nanoTime();
    boolean prompted = promptEndNanos != 0;
    int prompt = request.prompt().length;
    return new GenerationEvent.Finished(reason,
        new Usage(prompt, Math.max(0, Math.min(cachedTokens, prompt - 1)), completionTokens,
            (prompted ? promptEndNanos : now) - startNanos, prompted ? now - promptEndNanos : 0, draftTokens,
            acceptedDraftTokens));
  }

  private void ensureRoom(int needed) {
    if (needed > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(needed, 2 * tokens.length));
    }
  }
}
