/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DraftLengthsTest {

  private static final int MAX = 16;

  /** A step of one takes 1 ms, each further token so much more. */
  private static StepCosts costs(double furtherToken) {
    var costs = new StepCosts(128);
    for (int tokens = 1; tokens <= 128; tokens++) {
      costs.record(tokens, (long) (1_000_000 * (1 + furtherToken * (tokens - 1))));
    }
    return costs;
  }

  private static int drafts(StepCosts costs, double acceptance, int generating) {
    var lengths = new DraftLengths(costs, MAX);
    lengths.clear();
    for (int i = 0; i < generating; i++) {
      lengths.add(index -> acceptance, 100);
    }
    lengths.decide(generating, generating, 100);
    int sum = 0;
    for (int i = 0; i < generating; i++) {
      sum += lengths.length(i);
    }
    return sum;
  }

  @Test
  void draftsMoreTheLikelierAGuessIsRight() {
    int unlikely = drafts(costs(0.1), 0.3, 1);
    int likely = drafts(costs(0.1), 0.7, 1);
    int certain = drafts(costs(0.1), 0.98, 1);
    assertTrue(unlikely >= 1 && unlikely < likely && likely < certain, unlikely + " " + likely + " " + certain);
  }

  @Test
  void findsTheMostTokensPerTime() {
    // With p = 0.8 and 20 % for each further token: (1 + 0.8 + ... + 0.8^k) / (1 + 0.2 k) is largest for k = 4.
    assertEquals(4, drafts(costs(0.2), 0.8, 1));
  }

  @Test
  void laterGuessesThatAreLikelierArePartOfTheBill() {
    assertEquals(4, drafts(costs(0.4), 0.9, 1));
    var lengths = new DraftLengths(costs(0.4), MAX);
    lengths.clear();
    lengths.add(index -> index < 2 ? 0.9 : 0.99, 12);
    lengths.decide(1, 1, 100);
    assertEquals(12, lengths.length(0));
  }

  @Test
  void draftsNothingWhereEachTokenCostsAWholeStep() {
    assertEquals(0, drafts(costs(1), 0.9, 1));
  }

  @Test
  void draftsNothingBeforeAnythingIsMeasured() {
    assertEquals(0, drafts(new StepCosts(128), 0.9, 1));
  }

  @Test
  void drawsBackAsMoreStreamsShareAStep() {
    // Eight tokens share one pass over the weights; from there on each one costs what it computes.
    var costs = new StepCosts(128);
    for (int tokens = 1; tokens <= 128; tokens++) {
      costs.record(tokens, 1_000_000L * Math.max(8, tokens));
    }
    assertTrue(drafts(costs, 0.7, 1) > 0);
    assertEquals(0, drafts(costs, 0.7, 8));
  }

  @Test
  void crossesAStepInTheCostsThatPaysLater() {
    // Kernels that take eight tokens at a time make the second token dear and the next six free.
    var costs = new StepCosts(128);
    for (int tokens = 1; tokens <= 128; tokens++) {
      costs.record(tokens, tokens == 1 ? 1_000_000 : 2_100_000);
    }
    assertTrue(drafts(costs, 0.9, 1) >= 6);
  }

  @Test
  void triesAgainNowAndThen() {
    var lengths = new DraftLengths(costs(1), MAX);
    int tried = 0;
    for (int step = 0; step < 640; step++) {
      lengths.clear();
      lengths.add(index -> 0.9, 100);
      lengths.decide(1, 1, 100);
      tried += lengths.length(0) > 0 ? 1 : 0;
    }
    assertEquals(10, tried);
  }

  @Test
  void draftsWhateverItCostsWhereThatIsWanted() {
    var lengths = new DraftLengths(costs(1), MAX);
    lengths.clear();
    lengths.add(index -> 1, 100);
    lengths.decide(1, 1, 100);
    assertEquals(DraftLengths.ALWAYS, lengths.length(0));
  }

  @Test
  void letsGoOfSequences() throws InterruptedException {
    var lengths = new DraftLengths(costs(1), MAX);
    var collected = new ReferenceQueue<int[]>();
    var text = new WeakReference<>(addOne(lengths), collected);
    lengths.decide(1, 1, 100);
    lengths.clear();
    try {
      System.gc();
      assertSame(text, collected.remove(10_000), "still reachable");
    } finally {
      Reference.reachabilityFence(lengths);
    }
  }

  private static int[] addOne(DraftLengths lengths) {
    var text = new int[]{1, 2, 3};
    lengths.add(index -> 1.0 / text[index % 3], 3);
    return text;
  }

  @Test
  void keepsToTheLimits() {
    var lengths = new DraftLengths(costs(0.01), MAX);
    lengths.clear();
    lengths.add(index -> 0.99, 2);
    lengths.add(index -> 0.99, 0);
    lengths.add(index -> 1, 3);
    lengths.add(index -> 1, 100);
    lengths.decide(4, 4, 9);
    assertEquals(0, lengths.length(1));
    assertEquals(3, lengths.length(2));
    assertEquals(6, lengths.length(3));
    assertEquals(0, lengths.length(0));
    lengths.decide(4, 4, 0);
    assertEquals(0, lengths.length(0));
  }

  @Test
  void costsBetweenMeasuredOnesLieOnALine() {
    var costs = new StepCosts(64);
    costs.record(10, 1_000);
    costs.record(20, 2_000);
    assertEquals(1_500, costs.nanos(15), 1e-9);
    assertTrue(costs.nanos(1) > 0 && costs.nanos(1) < 1_000);
    assertTrue(costs.nanos(30) > 2_000);
  }

  @Test
  void aDisturbedMeasurementCountsLittle() {
    var costs = new StepCosts(4);
    costs.record(1, 1_000);
    costs.record(1, 100_000);
    costs.record(1, 1_000);
    costs.record(1, 1_000);
    costs.record(1, 1_000);
    assertTrue(costs.nanos(1) < 2_500, "still " + costs.nanos(1));
  }
}
