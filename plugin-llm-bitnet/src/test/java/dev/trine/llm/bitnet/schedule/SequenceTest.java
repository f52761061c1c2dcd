/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.sampling.Sampler;
import dev.trine.llm.bitnet.session.TextOutput;
import dev.trine.llm.bitnet.tokenizer.Tokenizers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** How many tokens of its prompt a request says it did not evaluate. */
class SequenceTest {

  private static final CacheShape SHAPE = new CacheShape(1, 1, 1);
  private static final int PROMPT = 100;
  private static final int CONTEXT = 256;

  private final PagePool pool = new PagePool(SHAPE, KeyValueType.F32, 10 * PagePool.pageBytes(SHAPE, KeyValueType.F32));
  private final Sequence sequence = newSequence();

  private Sequence newSequence() {
    var output = new TextOutput(Tokenizers.fromHuggingFace(TestEngine.DEMO).newStreamDecoder(), List.of());
    var request = new EngineRequest(new int[PROMPT], 50, true, new Sampler(SamplingOptions.greedy(), 10, CONTEXT),
        output, DraftMode.OFF);
    return new Sequence(new EngineStream(request, new Admission(1, 1)), pool, CONTEXT, 0);
  }

  @AfterEach
  void close() {
    sequence.cache.release();
    pool.close();
  }

  /** Positions come into the cache, from others or evaluated. */
  private void fill(int count) {
    sequence.cache.reserve(count);
    sequence.cache.advance(count);
  }

  private void adopt(int count) {
    fill(count);
    sequence.adopted(count);
  }

  private int cachedTokens() {
    return sequence.finished(FinishReason.LENGTH).usage().cachedTokens();
  }

  @Test
  void countsWhatItBeginsWithAndWhatItAdoptsOnItsWay() {
    fill(32);
    sequence.begin();
    fill(32);
    adopt(32);
    assertEquals(64, cachedTokens());
  }

  @Test
  void doesNotCountAfterAPauseWhatItMayHaveEvaluatedBefore() {
    sequence.begin();
    fill(PROMPT);
    sequence.pause();
    sequence.begin();
    adopt(96);
    assertEquals(0, cachedTokens());
  }

  @Test
  void beginsAfterAPauseWithNoMoreThanBefore() {
    fill(32);
    sequence.begin();
    fill(PROMPT - 32);
    sequence.pause();
    fill(96);
    sequence.begin();
    assertEquals(32, cachedTokens());
  }

  @Test
  void doesNotCountWhatItLostInAPause() {
    fill(64);
    sequence.begin();
    sequence.pause();
    fill(32);
    sequence.begin();
    fill(PROMPT - 32);
    assertEquals(32, cachedTokens());
  }
}
