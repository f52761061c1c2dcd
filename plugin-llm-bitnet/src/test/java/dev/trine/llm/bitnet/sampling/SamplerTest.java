/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.sampling;

import dev.trine.api.llm.SamplingOptions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SamplerTest {

  private static final int CONTEXT = 100;
  private static final int VOCABULARY = 8;

  private static SamplingOptions.Builder neutral() {
    return SamplingOptions.builder().temperature(1.0).topK(0).topP(1.0).minP(0.0).repetitionPenalty(1.0)
        .presencePenalty(0.0).frequencyPenalty(0.0).penaltyLookback(64).seed(1L);
  }

  private static int[] histogram(SamplingOptions options, float[] logits, int draws) {
    var sampler = new Sampler(options, logits.length, CONTEXT);
    var counts = new int[logits.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(logits.clone())]++;
    }
    return counts;
  }

  @Test
  void temperatureZeroTakesTheLowestOfEquals() {
    var sampler = new Sampler(SamplingOptions.greedy(), 4, CONTEXT);
    assertEquals(1, sampler.sample(new float[]{0, 3, 3, 1}));
  }

  @Test
  void drawsInProportionToTheSoftmax() {
    float[] logits = {0, (float) Math.log(2), (float) Math.log(5)};
    int[] counts = histogram(neutral().build(), logits, 80_000);
    // Expected 10,000, 20,000 and 50,000; the bound is over ten standard deviations.
    assertEquals(10_000, counts[0], 1_100);
    assertEquals(20_000, counts[1], 1_300);
    assertEquals(50_000, counts[2], 1_500);
  }

  @Test
  void temperatureDividesTheLogits() {
    float[] logits = {0, (float) Math.log(2)};
    int[] counts = histogram(neutral().temperature(0.5).build(), logits, 50_000);
    assertEquals(10_000, counts[0], 1_000);
  }

  @Test
  void topKKeepsTheKMostLikely() {
    var random = new Random(3);
    var logits = new float[500];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextFloat();
    }
    float[] sorted = logits.clone();
    Arrays.sort(sorted);
    int[] counts = histogram(neutral().topK(7).build(), logits, 5_000);
    for (int i = 0; i < logits.length; i++) {
      assertEquals(logits[i] >= sorted[logits.length - 7], counts[i] > 0, "token " + i);
    }
  }

  @Test
  void topKOfEqualsKeepsTheLowestIds() {
    int[] counts = histogram(neutral().topK(2).build(), new float[]{1, 1, 1, 1}, 1_000);
    assertEquals(0, counts[2] + counts[3]);
    assertTrue(counts[0] > 0 && counts[1] > 0);
  }

  @Test
  void topPKeepsUpToTheOneThatReachesIt() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.15), (float) Math.log(0.05)};
    int[] counts = histogram(neutral().topP(0.79).build(), logits, 2_000);
    assertTrue(counts[0] > 0 && counts[1] > 0);
    assertEquals(0, counts[2] + counts[3]);
  }

  @Test
  void topPLooksAtProbabilitiesBeforeTheTemperature() {
    // Flattened by the temperature, three would be needed to reach 0.79; before it, two do.
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.15), (float) Math.log(0.05)};
    int[] counts = histogram(neutral().topP(0.79).temperature(5.0).build(), logits, 2_000);
    assertEquals(0, counts[2] + counts[3]);
  }

  @Test
  void topPOfZeroKeepsOne() {
    assertArrayEquals(new int[]{0, 100}, histogram(neutral().topP(0.0).build(), new float[]{0, 0.1f}, 100));
  }

  @Test
  void minPKeepsWhatIsLikelyEnoughBesideTheFirst() {
    float[] logits = {(float) Math.log(0.6), (float) Math.log(0.31), (float) Math.log(0.29)};
    int[] counts = histogram(neutral().minP(0.5).build(), logits, 2_000);
    assertTrue(counts[0] > 0 && counts[1] > 0);
    assertEquals(0, counts[2]);
  }

  @Test
  void theSameSeedGivesTheSameTokens() {
    var logits = new float[50];
    var first = new Sampler(neutral().seed(99L).build(), 50, CONTEXT);
    var second = new Sampler(neutral().seed(99L).build(), 50, CONTEXT);
    var other = new Sampler(neutral().seed(100L).build(), 50, CONTEXT);
    int differences = 0;
    for (int i = 0; i < 200; i++) {
      int token = first.sample(logits.clone());
      assertEquals(token, second.sample(logits.clone()));
      differences += token == other.sample(logits.clone()) ? 0 : 1;
    }
    assertTrue(differences > 150, "a different seed gave " + differences + " differences");
  }

  @Test
  void repetitionPenaltyDividesPositiveAndMultipliesNegativeLogits() {
    var penalties = new Penalties(neutral().repetitionPenalty(2.0).build(), VOCABULARY, CONTEXT);
    penalties.accept(0);
    penalties.accept(1);
    float[] logits = {4, -4, 4};
    penalties.apply(logits);
    assertArrayEquals(new float[]{2, -8, 4}, logits);
  }

  @Test
  void presenceCountsOnceAndFrequencyEachTime() {
    var penalties = new Penalties(neutral().presencePenalty(0.5).frequencyPenalty(0.25).build(), VOCABULARY, CONTEXT);
    penalties.accept(1);
    penalties.accept(1);
    penalties.accept(1);
    float[] logits = {0, 0};
    penalties.apply(logits);
    assertArrayEquals(new float[]{0, -1.25f}, logits);
  }

  @Test
  void penaltiesForgetTokensBeyondTheLookback() {
    var penalties = new Penalties(neutral().presencePenalty(1.0).penaltyLookback(2).build(), VOCABULARY, CONTEXT);
    penalties.accept(0);
    penalties.accept(1);
    penalties.accept(2);
    float[] logits = {0, 0, 0};
    penalties.apply(logits);
    assertArrayEquals(new float[]{0, -1, -1}, logits);
  }

  @Test
  void aLookbackOfMinusOneIsTheWholeContext() {
    var penalties = new Penalties(neutral().presencePenalty(1.0).penaltyLookback(-1).build(), VOCABULARY, CONTEXT);
    for (int i = 0; i < CONTEXT; i++) {
      penalties.accept(i % 2);
    }
    float[] logits = {0, 0};
    penalties.apply(logits);
    assertArrayEquals(new float[]{-1, -1}, logits);
  }

  @Test
  void theLookbackIs64WhenNothingIsSaid() {
    var penalties = new Penalties(SamplingOptions.builder().presencePenalty(1.0).build(), VOCABULARY, CONTEXT);
    penalties.accept(0);
    for (int i = 0; i < 63; i++) {
      penalties.accept(1);
    }
    float[] logits = {0, 0};
    penalties.apply(logits);
    assertArrayEquals(new float[]{-1, -1}, logits);
    penalties.accept(1);
    logits = new float[]{0, 0};
    penalties.apply(logits);
    assertArrayEquals(new float[]{0, -1}, logits);
  }

  @Test
  void aRepetitionPenaltyOfZeroCountsAsOne() {
    var penalties = new Penalties(neutral().repetitionPenalty(0.0).presencePenalty(1.0).build(), VOCABULARY, CONTEXT);
    penalties.accept(0);
    float[] logits = {4};
    penalties.apply(logits);
    assertArrayEquals(new float[]{3}, logits);
  }

  @Test
  void logitsThatAreNoNumbersAreNeverChosen() {
    float[] logits = {Float.NaN, 1, Float.NEGATIVE_INFINITY, 2};
    int[] counts = histogram(neutral().build(), logits, 500);
    assertEquals(0, counts[0] + counts[2]);
    assertEquals(3, new Sampler(SamplingOptions.greedy(), 4, CONTEXT).sample(logits.clone()));
  }
}
