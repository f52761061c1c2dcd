/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.llm.bitnet.draft.DraftMode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** How much garbage the engine makes while it generates: text and events, and nothing that grows with the model. */
class AllocationTest {

  /** Bytes of heap for each generated token, over all of the engine's threads. */
  private static final long LIMIT = 4096;
  /** The part of it that is not the forward pass. */
  private static final long OWN_LIMIT = 1024;
  /** Two requests of the same kind, of which one is longer: the difference is what tokens cost, whatever a request costs. */
  private static final int FEW_TOKENS = 20;
  private static final int MANY_TOKENS = 120;
  /** Rounds that count: the latest. In the middle of them stand neither lucky ones nor those with something unusual. */
  private static final int COUNTED = 9;
  /** Rounds at the beginning in which things are made that stay. */
  private static final int SKIPPED = 2;
  /** Interpreted code allocates what compiled code does not, and a busy machine takes a while to compile. */
  private static final int MOST_ROUNDS = 40;

  @ParameterizedTest
  @CsvSource({"1, OFF, 0, 1", "1, ON, 0, 1", "3, AUTO, 0.8, 2"})
  void makesLittleGarbage(int streams, DraftMode drafts, double temperature, int threads) {
    try (var engine = new TestEngine(1024, 200, streams, streams, threads)) {
      engine.scheduler.warmUp();
      Runnable few = () -> generate(engine, streams, drafts, temperature, FEW_TOKENS);
      Runnable many = () -> generate(engine, streams, drafts, temperature, MANY_TOKENS);
      var whole = new ArrayList<Long>();
      var own = new ArrayList<Long>();
      do {
        Bytes more = Bytes.during(engine, many).minus(Bytes.during(engine, few));
        long tokens = (long) streams * (MANY_TOKENS - FEW_TOKENS);
        whole.add(more.whole / tokens);
        own.add((more.whole - more.evaluator) / tokens);
      } while (whole.size() < SKIPPED + COUNTED
          || (whole.size() < MOST_ROUNDS && (median(whole) >= LIMIT || median(own) >= OWN_LIMIT)));
      assertTrue(median(whole) > 0 && median(whole) < LIMIT, () -> "bytes for each token in each round: " + whole);
      assertTrue(median(own) > 0 && median(own) < OWN_LIMIT,
          () -> "bytes for each token beside the forward pass in each round: " + own);
    }
  }

  private static long median(List<Long> rounds) {
    return rounds.subList(rounds.size() - COUNTED, rounds.size()).stream().sorted().toList().get(COUNTED / 2);
  }

  /** What was allocated by all of the engine's threads, and what of it by the forward pass. */
  private record Bytes(long whole, long evaluator) {

    static Bytes during(TestEngine engine, Runnable requests) {
      Bytes before = soFar(engine);
      requests.run();
      return soFar(engine).minus(before);
    }

    static Bytes soFar(TestEngine engine) {
      return new Bytes(TestEngine.allocatedBytes(), engine.evaluatorBytes.get());
    }

    Bytes minus(Bytes other) {
      return new Bytes(whole - other.whole, evaluator - other.evaluator);
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
