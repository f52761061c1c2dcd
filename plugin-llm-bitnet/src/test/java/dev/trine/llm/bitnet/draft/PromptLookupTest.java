/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PromptLookupTest {

  private final PromptLookup lookup = new PromptLookup();

  private int[] draft(int count, int... text) {
    int[] tokens = Arrays.copyOf(text, text.length + count);
    lookup.update(tokens, text.length, 0);
    int drafted = lookup.draft(tokens, count);
    return Arrays.copyOfRange(tokens, text.length, text.length + drafted);
  }

  @Test
  void guessesWhatFollowedLastTime() {
    assertArrayEquals(new int[]{3, 4, 5}, draft(3, 1, 2, 3, 4, 5, 6, 9, 1, 2));
  }

  @Test
  void guessesNothingInATextWithoutRepetition() {
    assertArrayEquals(new int[0], draft(3, 1, 2, 3, 4, 5, 6, 7, 8));
    assertFalse(lookup.hasGuess());
    assertEquals(0, lookup.acceptance(0));
  }

  @Test
  void guessesNothingFromASingleToken() {
    assertArrayEquals(new int[0], draft(3, 1, 2, 3, 1));
  }

  @Test
  void prefersTheLatestPlace() {
    assertArrayEquals(new int[]{8}, draft(1, 1, 2, 7, 0, 1, 2, 8, 3, 1, 2));
  }

  @Test
  void prefersMoreTokensInCommonToALaterPlace() {
    assertArrayEquals(new int[]{5}, draft(1, 1, 2, 3, 4, 5, 0, 9, 3, 4, 6, 0, 1, 2, 3, 4));
  }

  @Test
  void staysWithAPlaceThatHasProvedItself() {
    // 7 8 was last followed by 9, but the passage that is being repeated goes on with 1.
    int[] passage = {2, 3, 4, 5, 6, 7, 8, 1, 2};
    int[] text = new int[40];
    System.arraycopy(passage, 0, text, 0, passage.length);
    System.arraycopy(new int[]{0, 7, 8, 9, 0}, 0, text, 9, 5);
    System.arraycopy(passage, 0, text, 14, 7);
    lookup.update(text, 21, 0);
    lookup.draft(text, 2);
    assertEquals(1, text[21]);
    assertEquals(2, text[22]);
  }

  @Test
  void goesOnWithATextThatRepeatsItself() {
    assertArrayEquals(new int[]{1, 2, 3, 1, 2, 3, 1}, draft(7, 1, 2, 3, 1, 2, 3));
  }

  @Test
  void takesInATextBitByBitAsAtOnce() {
    var random = new Random(3);
    var tokens = new int[600];
    Arrays.setAll(tokens, i -> random.nextInt(6));
    var stepwise = new PromptLookup();
    for (int length = 1; length <= 500; length += 1 + random.nextInt(4)) {
      stepwise.update(tokens, length, 0);
      var whole = new PromptLookup();
      whole.update(tokens, length, 0);
      int[] one = tokens.clone();
      int[] other = tokens.clone();
      assertEquals(whole.draft(one, 8), stepwise.draft(other, 8));
      assertArrayEquals(one, other);
    }
  }

  @Test
  void learnsWhatItsGuessesAreWorth() {
    var random = new Random(5);
    var tokens = new int[4000];
    // Pairs repeat all the time, and what follows them is chance.
    Arrays.setAll(tokens, i -> random.nextInt(5));
    lookup.update(tokens, tokens.length, tokens.length);
    assertTrue(lookup.acceptance(0) < 0.5, "chance: " + lookup.acceptance(0));
    var repeating = new PromptLookup();
    Arrays.setAll(tokens, i -> i % 50);
    repeating.update(tokens, tokens.length, tokens.length);
    assertTrue(repeating.acceptance(0) > 0.95, "repetition: " + repeating.acceptance(0));
  }

  @Test
  void aPromptTellsNothingAboutGuesses() {
    var tokens = new int[4000];
    Arrays.setAll(tokens, i -> i % 50);
    lookup.update(tokens, tokens.length, 0);
    assertEquals(0.9, lookup.acceptance(0), 1e-9);
  }

  @Test
  void aGuessBehindRightOnesIsLikelier() {
    assertArrayEquals(new int[]{9}, draft(1, 1, 2, 3, 4, 5, 9, 8, 0, 2, 3, 4, 5));
    assertEquals(0.6, lookup.acceptance(0), 1e-9);
    assertEquals(0.6, lookup.acceptance(3), 1e-9);
    assertEquals(0.8, lookup.acceptance(4), 1e-9);
    assertEquals(0.8, lookup.acceptance(11), 1e-9);
    assertEquals(0.9, lookup.acceptance(12), 1e-9);
  }

  @Test
  void findsEveryRunInALongText() {
    var random = new Random(11);
    var tokens = new int[5000];
    Arrays.setAll(tokens, i -> random.nextInt(40));
    var index = new NGramIndex(3);
    for (int end = 1; end <= tokens.length; end++) {
      int expected = 0;
      for (int earlier = Math.max(3, end - 400); end >= 3 && earlier < end; earlier++) {
        if (Arrays.equals(tokens, earlier - 3, earlier, tokens, end - 3, end)) {
          expected = earlier;
        }
      }
      int found = index.replace(tokens, end);
      if (expected > 0 || found >= end - 400) {
        assertEquals(expected, found, "end " + end);
      }
    }
  }

  /**
   * A walk whose pairs all begin their search in one of 64 slots, however large the table is. Its tokens are not held to a vocabulary,
   * which finds them at once; a vocabulary of 128 000 has such walks too.
   */
  private static int[] collidingWalk(int length) {
    int multiplier = 0x9E3779B1;
    int inverse = multiplier;
    for (int i = 0; i < 5; i++) {
      inverse *= 2 - multiplier * inverse;
    }
    var tokens = new int[length];
    tokens[0] = 7;
    for (int i = 1; i < length; i++) {
      int first = tokens[i - 1] * multiplier;
      first ^= first >>> 15;
      int hash = (i << 17) + (i & 63);
      tokens[i] = ((hash ^ (hash >>> 15) ^ (hash >>> 30)) * inverse) ^ first;
    }
    return tokens;
  }

  @Test
  void aTextMadeToCollideCostsAsMuchAsItIsLong() {
    int[] tokens = collidingWalk(32 << 10);
    var index = new NGramIndex(2);
    for (int end = 1; end <= tokens.length; end++) {
      long before = index.probes();
      index.replace(tokens, end);
      // The table doubles when it is half full.
      assertTrue(index.probes() - before <= NGramIndex.MAX_PROBES * (1L + end), "end " + end);
    }
    assertTrue(index.probes() <= 3L * NGramIndex.MAX_PROBES * tokens.length, "looked at " + index.probes() + " slots");
    assertEquals(tokens.length, index.replace(tokens, tokens.length), "the latest run is there");
  }

  @Test
  void hardlyForgetsARunOfAnOrdinaryText() {
    var random = new Random(13);
    var tokens = new int[2 * (64 << 10)];
    for (int i = 0; i < tokens.length / 2; i++) {
      tokens[i] = random.nextInt(128_256);
      tokens[i + tokens.length / 2] = tokens[i];
    }
    var index = new NGramIndex(2);
    int forgotten = 0;
    for (int end = 1; end <= tokens.length; end++) {
      int found = index.replace(tokens, end);
      if (end > tokens.length / 2 + 1 && found == 0) {
        forgotten++;
      }
    }
    assertTrue(forgotten <= 10, forgotten + " runs are forgotten");
    assertTrue(index.probes() < 6L * tokens.length, "looked at " + index.probes() + " slots");
  }

  @Test
  void takesInALongTextInPieces() {
    var random = new Random(17);
    int length = 3 * PromptLookup.PIECE;
    int prompt = length - 5;
    var tokens = new int[length + 8];
    Arrays.setAll(tokens, i -> random.nextInt(50));
    var whole = new PromptLookup();
    for (int end = 1; end <= length; end++) {
      whole.update(tokens, end, end - prompt);
    }
    for (int piece = 1; piece <= 3; piece++) {
      assertFalse(lookup.hasGuess(), "what has not been taken in may tell better, and the guess is for its beginning");
      assertEquals(0, lookup.acceptance(0));
      assertEquals(0, lookup.draft(tokens.clone(), 8));
      lookup.update(tokens, length, length - prompt);
    }
    assertTrue(lookup.hasGuess());
    assertEquals(whole.acceptance(0), lookup.acceptance(0));
    int[] expected = tokens.clone();
    assertEquals(8, whole.draft(expected, 8));
    assertEquals(8, lookup.draft(tokens, 8));
    assertArrayEquals(expected, tokens);
  }
}
