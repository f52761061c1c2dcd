/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TernaryTaskTest {

  /** No worker has more to do than another, where there are blocks enough, and no part is smaller than that asks for or than is worth while. */
  @ParameterizedTest
  @CsvSource({"4,20,18,2,1", "4,108,18,2,2", "1,20,18,2,2", "1,108,18,2,6", "3,20,18,2,2", "1,20,3,2,6", "1,30,3,2,8",
      "1,5,3,2,2",
      "1,1,3,8,1", "4,20,18,1,1", "1,20,18,1,1", "1,108,3,16,32", "4,20,18,3,3", "5,20,18,4,4", "16,20,18,2,1",
      "1,5,3,16,5"})
  void sharesPassesOutEvenly(int passes, int blocks, int smallest, int workers, int parts) {
    assertEquals(parts, TernaryTask.parts(passes, blocks, smallest, workers));
  }
}
