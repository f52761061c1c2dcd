/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import java.util.Comparator;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LargestScoresTest {

  private static final int ROWS = 500;

  private static Set<Integer> rows(LargestScores found) {
    return IntStream.range(0, found.size()).mapToObj(found::row).collect(Collectors.toSet());
  }

  private static Set<Integer> expected(float[] scores, int offset, int count) {
    return IntStream.range(0, ROWS).boxed()
        .sorted(Comparator.<Integer, Float>comparing(row -> -scores[offset + row]).thenComparing(row -> row))
        .limit(count).collect(Collectors.toSet());
  }

  /** Few different scores, of both signs, so that many are equal. */
  private static float[] scores(int offset) {
    var random = new Random(1);
    var scores = new float[offset + ROWS];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(60) - 40;
    }
    return scores;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 48, 264, ROWS, ROWS + 3})
  void keepsTheLargestWhateverTheOrderOfParts(int capacity) {
    float[] scores = scores(7);
    Set<Integer> expected = expected(scores, 7, capacity);
    var one = new LargestScores(ROWS + 3);
    one.clear(capacity);
    one.addAll(scores, 7, 0, ROWS);
    assertEquals(expected, rows(one));

    var other = new LargestScores(ROWS + 3);
    one.clear(capacity);
    other.clear(capacity);
    other.addAll(scores, 7, 300, ROWS);
    one.addAll(scores, 7, 100, 300);
    other.addAll(scores, 7, 0, 100);
    one.addAll(other);
    assertEquals(expected, rows(one));
    assertEquals(Math.min(capacity, ROWS), one.size());
  }

  @Test
  void infinitelySmallScoresAreKeptWhereThereIsRoom() {
    var scores = new float[]{Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, 1};
    var found = new LargestScores(3);
    found.clear(3);
    found.addAll(scores, 0, 0, 3);
    assertEquals(3, found.size());
    assertTrue(rows(found).contains(2));
  }
}
