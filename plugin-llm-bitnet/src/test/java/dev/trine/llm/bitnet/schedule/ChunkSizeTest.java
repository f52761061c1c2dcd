/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChunkSizeTest {

  private static final int LARGEST = 128;
  private final ChunkSize size = new ChunkSize(LARGEST);

  /** Does whole steps on a machine on which so many tokens take so many milliseconds. */
  private void step(int times, IntUnaryOperator millis) {
    for (int i = 0; i < times; i++) {
      int tokens = size.tokens(false);
      size.record(tokens, millis.applyAsInt(tokens) * 1_000_000L);
    }
  }

  @Test
  void growsWhereStepsAreShort() {
    step(3, tokens -> tokens);
    assertEquals(LARGEST, size.tokens(false));
    assertEquals(ChunkSize.TILE, size.tokens(true));
  }

  @Test
  void shrinksWhereStepsAreLong() {
    step(10, tokens -> 100 * tokens);
    assertEquals(8, size.tokens(false));
  }

  @Test
  void recoversFromSlowBeginnings() {
    // Code that is not compiled yet; then a tile costs the same however full it is.
    for (int slow : new int[]{3, 6, 100}) {
      step(slow, _ -> 2000);
      assertEquals(8, size.tokens(false));
      step(100, tokens -> tokens > ChunkSize.TILE ? 500 : 250);
      assertTrue(size.tokens(false) >= ChunkSize.TILE, () -> "stays at " + size.tokens(false));
    }
  }

  @Test
  void seldomTriesWhatIsTooSlow() {
    int[] late = {0};
    step(1000, tokens -> {
      int millis = 10 * tokens;
      late[0] += millis > 400 ? 1 : 0;
      return millis;
    });
    assertTrue(late[0] > 0 && late[0] < 12, () -> late[0] + " late steps");
  }

  @Test
  void smallStepsSayNothingOfLargeOnes() {
    for (int i = 0; i < 1000; i++) {
      size.record(1, 200_000_000L);
    }
    assertEquals(ChunkSize.TILE, size.tokens(false));
  }
}
