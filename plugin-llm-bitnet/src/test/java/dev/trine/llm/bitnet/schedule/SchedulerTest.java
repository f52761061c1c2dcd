/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.schedule.TestEngine.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The engine's thread and what happens to requests on it, with the demo model. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulerTest {

  private static final int CONTEXT = 512;
  private static final int PLENTY = 200;

  private static int[] story(TestEngine engine, int number) {
    return engine.tokens("Story number " + number + ": Once upon a time there was a " + "very ".repeat(number) + "big");
  }

  private static int[] longPrompt(int length, int seed) {
    var tokens = new int[length];
    Arrays.setAll(tokens, i -> 300 + (i * 31 + seed * 17) % 2000);
    return tokens;
  }

  private static void pullText(GenerationStream stream) {
    while (!(stream.next() instanceof GenerationEvent.TextDelta)) {
      // The prompt's progress comes first.
    }
  }

  @Test
  void runsRequestsSideBySide() throws InterruptedException {
    try (var engine = new TestEngine(CONTEXT, PLENTY, 4, 4, 1)) {
      engine.hold();
      var streams = new ArrayList<GenerationStream>();
      for (int i = 0; i < 4; i++) {
        streams.add(engine.greedy(story(engine, i), 10));
      }
      engine.letGo();
      streams.forEach(TestEngine::result);
      assertTrue(engine.holdsNothing());
      assertTrue(engine.stepTokens.contains(4), "no step had a token of each: " + engine.stepTokens);
    }
  }

  @Test
  void aStepThatFailsEndsItsRequestsAndNoOther() throws InterruptedException {
    for (Throwable failure : List.of(new IllegalStateException("broken on purpose"), new OutOfMemoryError("on purpose"),
        new InternalError("a fault in the file on purpose"))) {
      try (var engine = new TestEngine(CONTEXT, PLENTY, 1, 8, 1)) {
        int[] prompt = story(engine, 1);
        String expected = TestEngine.result(engine.greedy(prompt, 20)).text();
        int before = engine.steps();
        engine.failures(step -> step == before + 5 ? failure : null);
        engine.hold();
        GenerationStream failing = engine.greedy(prompt, 20);
        GenerationStream waiting = engine.greedy(prompt, 20);
        engine.letGo();
        PlatformException e = TestEngine.failure(failing);
        assertEquals(StandardErrorCode.SERVER_ERROR, e.code());
        assertTrue(String.valueOf(e.getMessage()).contains("on purpose"), e::getMessage);
        assertEquals(expected, TestEngine.result(waiting).text(), failure::toString);
        assertTrue(engine.holdsNothing());
        assertEquals(expected, TestEngine.result(engine.greedy(prompt, 20)).text(), failure::toString);
      }
    }
  }

  @Test
  void aStepThatFailsLeavesThoseAloneThatWereNotInIt() {
    try (var engine = new TestEngine(2048, PLENTY, 4, 8, 1)) {
      String expected = TestEngine.result(engine.greedy(longPrompt(400, 1), 10)).text();
      engine.hold();
      // Several long prompts take turns: a step has parts of some of them.
      int before = engine.steps();
      engine.failures(step -> step == before + 1 ? new IllegalStateException("broken on purpose") : null);
      var streams = new ArrayList<GenerationStream>();
      GenerationStream first = engine.greedy(story(engine, 1), 30);
      engine.step(1);
      for (int i = 1; i <= 3; i++) {
        streams.add(engine.greedy(longPrompt(400, 1), 10));
      }
      engine.letGo();
      assertInstanceOf(IllegalStateException.class, TestEngine.failure(first).getCause());
      for (GenerationStream stream : streams) {
        try {
          assertEquals(expected, TestEngine.result(stream).text());
        } catch (PlatformException e) {
          assertInstanceOf(IllegalStateException.class, e.getCause());
        }
      }
      assertEquals(expected, TestEngine.result(engine.greedy(longPrompt(400, 1), 10)).text());
    }
  }

  @Test
  void aRequestThatIsCancelledInItsPromptFreesItsSlotWithinAStep() throws InterruptedException {
    try (var engine = new TestEngine(2048, PLENTY, 1, 1, 1)) {
      engine.hold();
      GenerationStream cancelled = engine.greedy(longPrompt(1500, 1), 10);
      engine.step(2);
      TestEngine.await(() -> engine.steps() == 2);
      cancelled.cancel();
      GenerationStream next = engine.greedy(story(engine, 1), 1);
      int steps = engine.steps();
      engine.letGo();
      assertEquals(FinishReason.CANCELLED, TestEngine.result(cancelled).reason());
      assertEquals(FinishReason.LENGTH, TestEngine.result(next).reason());
      assertTrue(engine.steps() <= steps + 3, "took " + (engine.steps() - steps) + " steps");
      assertTrue(engine.holdsNothing());
    }
  }

  @Test
  void aLongPromptDoesNotHoldUpAShortOne() throws InterruptedException {
    try (var engine = new TestEngine(2048, PLENTY, 2, 2, 1)) {
      engine.hold();
      GenerationStream slow = engine.greedy(longPrompt(1800, 1), 1);
      engine.step(1);
      TestEngine.await(() -> engine.steps() == 1);
      GenerationStream quick = engine.greedy(longPrompt(40, 2), 1);
      engine.step(4);
      assertEquals(FinishReason.LENGTH, TestEngine.result(quick).reason());
      assertTrue(engine.steps() <= 5, "took " + engine.steps() + " steps");
      engine.letGo();
      assertEquals(FinishReason.LENGTH, TestEngine.result(slow).reason());
    }
  }

  @Test
  void aLongPromptDoesNotHoldUpAShortOneWhereStepsHaveOneTile() throws InterruptedException {
    try (var engine = new TestEngine(2048, PLENTY, 3, 3, 1)) {
      engine.hold();
      // As long as one generates, no step takes more of prompts than a tile.
      GenerationStream generating = engine.greedy(story(engine, 1), 400);
      engine.finishStep();
      GenerationStream slow = engine.greedy(longPrompt(1800, 1), 1);
      engine.finishStep();
      GenerationStream quick = engine.greedy(longPrompt(40, 2), 1);
      // In turn, so that 4 steps would do; smaller chunks, which a slow machine chooses, take more. The long prompt needs 57.
      for (int step = 0; step < 20; step++) {
        engine.finishStep();
      }
      assertEquals(2, engine.scheduler.status().running());
      assertEquals(FinishReason.LENGTH, TestEngine.result(quick).reason());
      engine.letGo();
      assertEquals(FinishReason.LENGTH, TestEngine.result(slow).reason());
      generating.cancel();
    }
  }

  @Test
  void aPromptStallsThoseThatGenerateByNoMoreThanAChunk() throws InterruptedException {
    try (var engine = new TestEngine(2048, PLENTY, 3, 2, 1)) {
      GenerationStream generating = engine.greedy(story(engine, 1), 200);
      pullText(generating);
      engine.hold();
      int before = engine.steps() + 1;
      GenerationStream prompt = engine.greedy(longPrompt(600, 1), 1);
      GenerationStream other = engine.greedy(longPrompt(600, 2), 1);
      engine.letGo();
      TestEngine.result(prompt);
      TestEngine.result(other);
      List<Integer> during;
      synchronized (engine.stepTokens) {
        during = List.copyOf(engine.stepTokens.subList(before, engine.stepTokens.size()));
      }
      generating.cancel();
      assertTrue(during.stream().allMatch(tokens -> tokens <= 2 + ChunkSize.TILE), during::toString);
    }
  }

  @Test
  void sharesABeginningWithOneThatStillRuns() throws InterruptedException {
    try (var engine = new TestEngine(2048, PLENTY, 2, 2, 1)) {
      int[] one = longPrompt(300, 1);
      int[] other = one.clone();
      other[250] = 7;
      String expected = TestEngine.result(engine.greedy(other, 10)).text();
      try (var fresh = new TestEngine(2048, PLENTY, 3, 2, 1)) {
        fresh.hold();
        var running = fresh.greedy(one, 400);
        var together = fresh.greedy(other, 10);
        fresh.letGo();
        Result result = TestEngine.result(together);
        assertEquals(expected, result.text());
        // Whole pages: 7 of 32 tokens.
        assertEquals(224, result.usage().cachedTokens());
        // To the token, once the first one has ended.
        running.cancel();
        TestEngine.result(running);
        int[] third = one.clone();
        third[270] = 7;
        assertEquals(270, TestEngine.result(fresh.greedy(third, 1)).usage().cachedTokens());
        assertEquals(299, TestEngine.result(fresh.greedy(one, 1)).usage().cachedTokens());
        assertTrue(fresh.holdsNothing());
      }
    }
  }

  @Test
  void countsAsCachedOnlyWhatWasNotEvaluated() {
    try (var engine = new TestEngine(2048, PLENTY, 1, 2, 1)) {
      int[] prompt = longPrompt(100, 1);
      assertEquals(0, TestEngine.result(engine.greedy(prompt, 1)).usage().cachedTokens());
      int before = engine.stepTokens.stream().mapToInt(Integer::intValue).sum();
      assertEquals(100, before);
      assertEquals(99, TestEngine.result(engine.greedy(prompt, 1)).usage().cachedTokens());
      assertEquals(101, engine.stepTokens.stream().mapToInt(Integer::intValue).sum());
    }
  }

  @Test
  void continuesAConversationWhereItEnded() {
    try (var engine = new TestEngine(2048, PLENTY, 2, 2, 1)) {
      int[] prompt = story(engine, 3);
      Result turn = TestEngine.result(engine.greedy(prompt, 20));
      int[] answer = engine.tokens(turn.text());
      int[] next = Arrays.copyOf(prompt, prompt.length + answer.length + 5);
      System.arraycopy(answer, 0, next, prompt.length, answer.length);
      Arrays.fill(next, prompt.length + answer.length, next.length, 400);
      int cached = TestEngine.result(engine.greedy(next, 1)).usage().cachedTokens();
      assertTrue(cached >= prompt.length, "only " + cached + " of " + prompt.length);
    }
  }

  @Test
  void goesOnWhenTheCacheIsFull() throws InterruptedException {
    int length = 20;
    var expected = new ArrayList<String>();
    try (var engine = new TestEngine(256, PLENTY, 1, 8, 1)) {
      for (int i = 0; i < 6; i++) {
        expected.add(TestEngine.result(engine.submit(longPrompt(length + 7 * i, i), 150, sampling(i), DraftMode.OFF))
            .text());
      }
    }
    // Room for one whole context and a page: six sequences of up to six pages do not fit.
    try (var engine = new TestEngine(256, 9, 6, 8, 1)) {
      for (DraftMode drafts : List.of(DraftMode.OFF, DraftMode.ON, DraftMode.AUTO)) {
        engine.hold();
        var streams = new ArrayList<GenerationStream>();
        for (int i = 0; i < 6; i++) {
          streams.add(engine.submit(longPrompt(length + 7 * i, i), 150, sampling(i), drafts));
        }
        engine.letGo();
        for (int i = 0; i < 6; i++) {
          assertEquals(expected.get(i), TestEngine.result(streams.get(i)).text(), "request " + i + ", " + drafts);
        }
        assertTrue(engine.holdsNothing());
        if (drafts == DraftMode.OFF) {
          int needed = IntStream.range(0, 6).map(i -> length + 7 * i + 149).sum();
          int evaluated = engine.stepTokens.stream().mapToInt(Integer::intValue).sum();
          assertTrue(evaluated > needed, "nobody had to make room: " + evaluated);
        }
      }
    }
  }

  /** Two requests that do not fit together; the younger one has been paused. */
  private record Pair(GenerationStream older, GenerationStream younger) {
    static final int YOUNGER_PROMPT = 110;
    static final int YOUNGER_TEXT = 90;

    static Pair start(TestEngine engine) throws InterruptedException {
      engine.hold();
      var pair = new Pair(engine.greedy(longPrompt(40, 1), 200),
          engine.greedy(longPrompt(YOUNGER_PROMPT, 2), YOUNGER_TEXT));
      // Parts of prompts are longer, and then there is a token of each until there are no more pages.
      do {
        engine.finishStep();
        assertEquals(2, engine.scheduler.status().running(), "one has ended before it was paused");
      } while (engine.lastStepTokens() > 1);
      return pair;
    }
  }

  @Test
  void whatWasEvaluatedBeforeAPauseDoesNotCountAsCachedAfterIt() throws InterruptedException {
    try (var engine = new TestEngine(256, 9, 2, 2, 1)) {
      Pair pair = Pair.start(engine);
      int before = engine.steps();
      pair.older.cancel();
      engine.letGo();
      Result result = TestEngine.result(pair.younger);
      assertEquals(FinishReason.LENGTH, result.reason());
      assertEquals(0, result.usage().cachedTokens());
      // Three pages of the prompt are found again; a step of the older one may have been on its way.
      int whole = Pair.YOUNGER_PROMPT + Pair.YOUNGER_TEXT - 1;
      assertTrue(engine.stepTokensFrom(before) <= whole - 3 * PagePool.PAGE_TOKENS + 1, engine.stepTokens::toString);
    }
  }

  @Test
  void aPausedRequestThatIsCancelledEndsWithinAStep() throws InterruptedException {
    try (var engine = new TestEngine(256, 9, 2, 2, 1)) {
      Pair pair = Pair.start(engine);
      pair.younger.cancel();
      // The step that was planned before.
      engine.finishStep();
      assertEquals(1, engine.scheduler.status().running());
      assertEquals(FinishReason.CANCELLED, TestEngine.result(pair.younger).reason());
    }
  }

  private static SamplingOptions sampling(int seed) {
    return seed % 2 == 0
        ? SamplingOptions.greedy()
        : SamplingOptions.builder().temperature(1.0).repetitionPenalty(1.1).seed((long) seed).build();
  }

  @Test
  void refusesWhatTheQueueHasNoRoomFor() {
    try (var engine = new TestEngine(CONTEXT, PLENTY, 2, 1, 1)) {
      engine.hold();
      var streams = new ArrayList<GenerationStream>();
      for (int i = 0; i < 3; i++) {
        streams.add(engine.greedy(story(engine, i), 5));
      }
      var refused = assertThrows(PlatformException.class, () -> engine.greedy(story(engine, 4), 5));
      assertEquals(StandardErrorCode.SERVER_BUSY, refused.code());
      // A cancelled one gives its place up at once, whether it runs or waits.
      streams.get(2).cancel();
      streams.add(engine.greedy(story(engine, 4), 5));
      streams.get(0).cancel();
      streams.add(engine.greedy(story(engine, 5), 5));
      assertThrows(PlatformException.class, () -> engine.greedy(story(engine, 6), 5));
      engine.letGo();
      var reasons = streams.stream().map(stream -> TestEngine.result(stream).reason()).toList();
      assertEquals(List.of(FinishReason.CANCELLED, FinishReason.LENGTH, FinishReason.CANCELLED, FinishReason.LENGTH,
          FinishReason.LENGTH), reasons);
    }
  }

  @Test
  void endsEveryRequestWhenItIsClosed() throws InterruptedException {
    var engine = new TestEngine(CONTEXT, PLENTY, 2, 2, 1);
    engine.hold();
    var streams = new ArrayList<GenerationStream>();
    for (int i = 0; i < 4; i++) {
      streams.add(engine.greedy(story(engine, i), 400));
    }
    // Both have their places then, and the others wait for one.
    engine.step(20);
    pullText(streams.get(0));
    pullText(streams.get(1));
    Thread closer = Thread.startVirtualThread(engine::close);
    // Closing waits for the step that is held; nobody gets to the end in the meantime.
    while (!closer.join(Duration.ofMillis(1))) {
      engine.step(1);
    }
    assertEquals(FinishReason.CANCELLED, TestEngine.result(streams.get(0)).reason());
    assertEquals(FinishReason.CANCELLED, TestEngine.result(streams.get(1)).reason());
    for (GenerationStream waiting : streams.subList(2, 4)) {
      assertEquals(StandardErrorCode.MODEL_UNAVAILABLE, TestEngine.failure(waiting).code());
    }
    assertEquals(StandardErrorCode.MODEL_UNAVAILABLE,
        assertThrows(PlatformException.class, () -> engine.greedy(new int[]{5}, 1)).code());
  }

  @Test
  void draftsSaveStepsAndAreCounted() {
    try (var engine = new TestEngine(2048, PLENTY, 2, 2, 1)) {
      // The demo model repeats itself sooner or later.
      int[] prompt = story(engine, 1);
      Result without = TestEngine.result(engine.submit(prompt, 300, SamplingOptions.greedy(), DraftMode.OFF));
      int steps = engine.steps();
      Result with = TestEngine.result(engine.submit(prompt, 300, SamplingOptions.greedy(), DraftMode.ON));
      int stepsWith = engine.steps() - steps;
      assertEquals(without.text(), with.text());
      assertEquals(0, without.usage().draftTokens());
      assertTrue(with.usage().acceptedDraftTokens() > 0, with::toString);
      assertTrue(with.usage().acceptedDraftTokens() <= with.usage().draftTokens(), with::toString);
      assertEquals(300, stepsWith + with.usage().acceptedDraftTokens());
      assertEquals(with.usage().draftTokens(), engine.scheduler.status().draftTokens());
    }
  }

  @Test
  void goesOnWarmingUpAfterARequest() throws InterruptedException {
    try (var engine = new TestEngine(CONTEXT, PLENTY, 2, 2, 1)) {
      var warming = Thread.ofPlatform().start(engine.scheduler::warmUp);
      TestEngine.result(engine.greedy(story(engine, 1), 2));
      warming.join();
      // The request ended the first wait, if it came in between; this one is for the rest.
      engine.scheduler.warmUp();
      assertTrue(engine.holdsNothing());
      TestEngine.result(engine.greedy(story(engine, 2), 2));
    }
  }
}
