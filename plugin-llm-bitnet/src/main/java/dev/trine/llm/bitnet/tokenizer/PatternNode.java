/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.List;

/** The syntax tree of a pattern. */
sealed interface PatternNode {

  /** One code point of a set. */
  record One(CodePointSet set) implements PatternNode {}

  /** One after the other. */
  record Concatenation(List<PatternNode> parts) implements PatternNode {}

  /** The first that leads to a match. */
  record Alternation(List<PatternNode> branches) implements PatternNode {}

  /**
   * A repetition.
   *
   * @param maximum -1 for no limit
   */
  record Repetition(PatternNode body, int minimum, int maximum, Mode mode) implements PatternNode {}

  /** A condition on what follows. */
  record LookAhead(PatternNode body, boolean negative) implements PatternNode {}

  /** A condition on the code point before. */
  record LookBehind(CodePointSet set, boolean negative) implements PatternNode {}

  /** A group whose first match is final. */
  record Atomic(PatternNode body) implements PatternNode {}

  /** A condition on the position. */
  record Position(Anchor anchor) implements PatternNode {}

  /** How a repetition chooses its count. */
  enum Mode {
    GREEDY, LAZY, POSSESSIVE
  }

  /** The conditions on a position. */
  enum Anchor {
    LINE_START, LINE_END, TEXT_START, TEXT_END, WORD_BOUNDARY, NO_WORD_BOUNDARY
  }

  /** Whether it can match the empty string. */
  static boolean matchesEmpty(PatternNode node) {
    return switch (node) {
      case One _ -> false;
      case Concatenation concatenation -> concatenation.parts().stream().allMatch(PatternNode::matchesEmpty);
      case Alternation alternation -> alternation.branches().stream().anyMatch(PatternNode::matchesEmpty);
      case Repetition repetition -> repetition.minimum() == 0 || matchesEmpty(repetition.body());
      case Atomic atomic -> matchesEmpty(atomic.body());
      case LookAhead _,LookBehind _,Position _ -> true;
    };
  }
}
