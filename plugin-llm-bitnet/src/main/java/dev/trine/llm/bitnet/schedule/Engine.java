/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.Usage;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import dev.trine.llm.bitnet.model.Step;
import dev.trine.llm.bitnet.model.Transformer;
import dev.trine.llm.bitnet.model.Workspace;
import java.util.Arrays;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one generation after the other: prompt in chunks, then token by token. It keeps the KV cache of the last sequence, so that
 * a prompt that begins the same way is not evaluated again. One thread at a time.
 */
public final class Engine {

  /**
   * How long warming up may take. Until the JVM has compiled the kernels, a step takes many times as long as afterwards; on two
   * slow cores it needs about this long.
   */
  private static final long WARM_UP_NANOS = 2_000_000_000L;
  private static final int WARM_UP_DECODE_STEPS = 8;

  private final Transformer transformer;
  private final Workspace workspace;
  private final Set<Integer> endTokens;
  private final PagePool pool;
  private final SequenceCache cache;
  private final Step step = new Step();
  /** The tokens whose keys and values are in the cache; the first {@code cache.length()} count. */
  private int[] cachedTokens = new int[256];

  /**
   * @param pool      keys and values, at least a context of them
   * @param endTokens ids that end a generation
   */
  public Engine(Transformer transformer, Workspace workspace, PagePool pool, Set<Integer> endTokens) {
    this.transformer = transformer;
    this.workspace = workspace;
    this.endTokens = Set.copyOf(endTokens);
    this.pool = pool;
    this.cache = new SequenceCache(pool, transformer.config().contextLength());
  }

  int contextLength() {
    return transformer.config().contextLength();
  }

  int vocabularySize() {
    return transformer.config().vocabularySize();
  }

  /**
   * Evaluates a few made-up tokens with the first layer again and again, so that the JVM compiles what a request needs; all layers
   * run the same code.
   *
   * @param stop asked between steps whether to leave off
   */
  void warmUp(BooleanSupplier stop) {
    long start = System.nanoTime();
    int chunk = Math.min(workspace.maxTokens(), contextLength() - WARM_UP_DECODE_STEPS);
    if (chunk < 1) {
      return;
    }
    var tokens = new int[chunk];
    Transformer firstLayer = transformer.firstLayers(1);
    if (pool.availablePages() < PagePool.pagesFor(chunk + WARM_UP_DECODE_STEPS)) {
      return;
    }
    var scratch = new SequenceCache(pool, contextLength());
    try {
      while (!stop.getAsBoolean() && System.nanoTime() - start < WARM_UP_NANOS) {
        scratch.truncate(0);
        evaluate(firstLayer, scratch, tokens, 0, chunk, 0);
        for (int i = 0; i < WARM_UP_DECODE_STEPS && !stop.getAsBoolean(); i++) {
          evaluate(firstLayer, scratch, tokens, 0, 1, 1);
        }
      }
    } finally {
      scratch.release();
    }
  }

  private void evaluate(Transformer model, SequenceCache sequence, int[] tokens, int from, int count, int logits) {
    step.clear();
    step.add(sequence, tokens, from, count, logits);
    model.evaluate(workspace, step);
  }

  /** Runs a generation and returns its last event; everything before that is published. */
  GenerationEvent.Finished run(Generation generation) {
    boolean done = false;
    try {
      var finished = evaluateAndGenerate(generation);
      done = true;
      return finished;
    } finally {
      if (!done) {
        // A step that failed half-way has written some layers and not others; and if memory ran out, this is most of it.
        cache.release();
      }
    }
  }

  private GenerationEvent.Finished evaluateAndGenerate(Generation generation) {
    long start = System.nanoTime();
    int cached = reusePrefix(generation.prompt);
    boolean complete = evaluatePrompt(generation, cached);
    long promptEnd = System.nanoTime();
    FinishReason reason = complete ? FinishReason.LENGTH : FinishReason.CANCELLED;
    int completionTokens = 0;
    if (complete && generation.maxTokens > 0) {
      for (int token : generation.prompt) {
        generation.sampler.accept(token);
      }
      FinishReason ended = null;
      while (ended == null) {
        int token = generation.sampler.sample(workspace.logits(0));
        completionTokens++;
        ended = accept(generation, token, completionTokens);
        if (ended == null) {
          append(token);
        }
      }
      reason = ended;
    }
    generation.publishText(generation.output.finish());
    return new GenerationEvent.Finished(reason, new Usage(generation.prompt.length, cached, completionTokens,
        promptEnd - start, System.nanoTime() - promptEnd));
  }

  /** Takes a token into the text; why the generation ends with it, or null when it goes on. */
  private @Nullable FinishReason accept(Generation generation, int token, int completionTokens) {
    if (!generation.ignoreEnd && endTokens.contains(token)) {
      return FinishReason.STOP;
    }
    generation.sampler.accept(token);
    generation.publishText(generation.output.accept(token));
    if (generation.output.stopped()) {
      return FinishReason.STOP;
    }
    if (completionTokens >= generation.maxTokens) {
      return FinishReason.LENGTH;
    }
    return generation.cancelled() ? FinishReason.CANCELLED : null;
  }

  /** Keeps what the cache and the prompt have in common, but for the last token, whose logits are wanted. */
  private int reusePrefix(int[] prompt) {
    int limit = Math.min(cache.length(), prompt.length - 1);
    int mismatch = Arrays.mismatch(cachedTokens, 0, limit, prompt, 0, limit);
    int common = mismatch < 0 ? limit : mismatch;
    cache.truncate(common);
    return common;
  }

  /** Whether the whole prompt was evaluated, rather than cancelled half-way. */
  private boolean evaluatePrompt(Generation generation, int cached) {
    int[] prompt = generation.prompt;
    ensureCapacity(prompt.length);
    System.arraycopy(prompt, 0, cachedTokens, 0, prompt.length);
    int position = cached;
    while (position < prompt.length) {
      if (generation.cancelled()) {
        return false;
      }
      int count = Math.min(workspace.maxTokens(), prompt.length - position);
      evaluate(transformer, cache, prompt, position, count, position + count == prompt.length ? 1 : 0);
      position += count;
      generation.publish(new GenerationEvent.PromptProgress(position, prompt.length));
    }
    return true;
  }

  private void append(int token) {
    int position = cache.length();
    ensureCapacity(position + 1);
    cachedTokens[position] = token;
    evaluate(transformer, cache, cachedTokens, position, 1, 1);
  }

  private void ensureCapacity(int tokens) {
    if (tokens > cachedTokens.length) {
      cachedTokens = Arrays.copyOf(cachedTokens, Math.max(tokens, 2 * cachedTokens.length));
    }
  }
}
