/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.Usage;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TerminalTextTest {

  @Test
  void leavesTextAlone() {
    String text = "Ünïcode 🙂\n\tand lines";
    assertSame(text, TerminalText.visible(text));
  }

  @Test
  void showsEveryControlCharacterAsASymbol() {
    assertEquals("\u241b]0;title\u2407", TerminalText.visible("\u001b]0;title\u0007"));
    assertEquals("a\u240db\u2400\u2421", TerminalText.visible("a\rb\u0000\u007f"));
    assertEquals("\ufffd2J\ufffd", TerminalText.visible("\u009b2J\u202e"));
  }

  @Test
  void writesTheFiguresOfAnAnswer() {
    var usage = new Usage(87, 64, 143, 74_193_548L, 5_933_609_959L);
    assertEquals("⟶ 143 tok · 24.1 tok/s · first 0.41 s · prompt 87 (64 cached) @ 310 tok/s · 6.3 s · stop",
        StatisticsLine.of(FinishReason.STOP, usage, 410_000_000L, 6_300_000_000L));
  }

  @Test
  void writesFiguresWithoutDividingByNothing() {
    String line = StatisticsLine.of(FinishReason.CANCELLED, new Usage(0, 0, 0, 0, 0), -1, 0);
    assertEquals("⟶ 0 tok · 0.0 tok/s · prompt 0 @ 0.0 tok/s · 0.0 s · stopped", line);
  }

  @Test
  void knowsWhenAMessageHasMoreLines() {
    assertTrue(MessageLines.isIncomplete("\"\"\"one"));
    assertTrue(MessageLines.isIncomplete("one\\"));
    assertFalse(MessageLines.isIncomplete("one"));
    assertFalse(MessageLines.isIncomplete("\"\"\"one\ntwo\"\"\""));
    assertEquals("one\ntwo", MessageLines.message("\"\"\"one\ntwo\"\"\""));
    assertEquals("one\ntwo", MessageLines.message("one\\\ntwo"));
  }

  @Test
  void writesSizesForPeople() {
    assertEquals("0 B", ListCommand.size(0));
    assertEquals("999 B", ListCommand.size(999));
    assertEquals("3.6 MB", ListCommand.size(3_600_000));
    assertEquals("1.2 GB", ListCommand.size(1_200_000_000));
    assertEquals("7.0 M", ServeCommand.count(7_000_000));
  }
}
