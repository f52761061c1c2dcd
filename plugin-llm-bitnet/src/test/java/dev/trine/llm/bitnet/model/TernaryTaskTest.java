/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TernaryTaskTest {

  /** No worker has more to do than another by more than a part, and no part is so small that it costs more than it gains. */
  @ParameterizedTest
  @CsvSource({"20,2,32,10", "30,2,32,15", "108,2,32,18", "108,2,1,14", "30,2,1,4", "5,2,1,3", "5,2,32,3", "1,8,1,1",
      "20,1,32,20", "108,16,1,4"})
  void sharesBlocksOutEvenly(int blocks, int workers, int tokens, int part) {
    assertEquals(part, TernaryTask.part(blocks, workers, tokens));
  }
}
