/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.llm.bitnet.draft.DraftMode;
import java.util.ArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** How much garbage the engine makes while it generates: text and events, and nothing that grows with the model. */
class AllocationTest {

  /** Bytes of heap for each generated token, over all of the engine's threads. */
  private static final long LIMIT = 4096;
  /** The part of it that is not the forward pass. */
  private static final long OWN_LIMIT = 1024;
  private static final int TOKENS = 100;
  private static final int ROUNDS = 40;

  @ParameterizedTest
  @CsvSource({"1, OFF, 0, 1", "1, ON, 0, 1", "3, AUTO, 0.8, 2"})
  void makesLittleGarbage(int streams, DraftMode drafts, double temperature, int threads) {
    try (var engine = new TestEngine(1024, 200, streams, streams, threads)) {
      engine.scheduler.warmUp();
      long least = Long.MAX_VALUE;
      long leastOwn = Long.MAX_VALUE;
      // Interpreted code allocates what compiled code does not, so the best round counts.
      for (int round = 0; round < ROUNDS && (least >= LIMIT || leastOwn >= OWN_LIMIT); round++) {
        long beforeShort = TestEngine.allocatedBytes();
        long evaluatorBeforeShort = engine.evaluatorBytes.get();
        generate(engine, streams, drafts, temperature, 1);
        long before = TestEngine.allocatedBytes();
        long evaluatorBefore = engine.evaluatorBytes.get();
        generate(engine, streams, drafts, temperature, 1 + TOKENS);
        // What a request costs whatever it generates is not counted.
        long bytes = TestEngine.allocatedBytes() - before - (before - beforeShort);
        long evaluator = engine.evaluatorBytes.get() - evaluatorBefore - (evaluatorBefore - evaluatorBeforeShort);
        least = Math.min(least, bytes / ((long) streams * TOKENS));
        leastOwn = Math.min(leastOwn, (bytes - evaluator) / ((long) streams * TOKENS));
      }
      long whole = least;
      long own = leastOwn;
      assertTrue(whole > 0 && whole < LIMIT, () -> whole + " bytes for each token");
      assertTrue(own > 0 && own < OWN_LIMIT, () -> own + " bytes for each token beside the forward pass");
    }
  }

  private static void generate(TestEngine engine, int streams, DraftMode drafts, double temperature, int tokens) {
    var sampling = SamplingOptions.builder().temperature(temperature).repetitionPenalty(1.05).seed(3L).build();
    var running = new ArrayList<GenerationStream>();
    for (int i = 0; i < streams; i++) {
      running.add(engine.submit(new int[]{300 + i, 301, 302}, tokens, sampling, drafts));
    }
    running.forEach(TestEngine::result);
  }
}
