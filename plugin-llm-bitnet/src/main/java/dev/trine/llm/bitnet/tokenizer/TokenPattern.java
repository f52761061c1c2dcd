/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A regular expression of a tokenizer, compiled for a backtracking machine with its own stack. The pattern comes from a model file and
 * the text from a user, so neither is trusted: the machine does not recurse on the text, and it gives up with an error when it needs
 * more steps or memory than any sensible pattern does.
 */
final class TokenPattern {
  /** Known patterns need under 60 steps a character. */
  private static final long STEPS_PER_CHARACTER = 400;
  private static final long FREE_STEPS = 50_000;
  private static final int MOST_INSTRUCTIONS = 20_000;
  private static final int MOST_STACK_INTS = 6 << 20;
  private static final int NO_MATCH = -1;
  private static final int CHOICE = -1;

  private enum Operation {
    /** One code point of set a. */
    ONE,
    /** b to c code points of set a, as many as lead to a match; c = -1: no limit. */
    GREEDY,
    /** b to c code points of set a, as many as there are. */
    POSSESSIVE,
    /** Go on at a; if that fails, at b. */
    CHOOSE,
    /** Go on at a. */
    JUMP,
    /** The body follows and ends with MATCH; go on at b if it matches here (a = 0) or does not (a = 1). */
    LOOK_AHEAD,
    /** Whether the code point before is in set a (b = 0) or is not (b = 1). */
    LOOK_BEHIND,
    /** The body follows and ends with MATCH; go on at b behind its first match. */
    ATOMIC,
    /** Condition a on the position. */
    ANCHOR,
    /** Success. */
    MATCH
  }

  private final String source;
  private final String place;
  private final List<Operation> operationList = new ArrayList<>();
  private final List<int[]> operandList = new ArrayList<>();
  private final List<CodePointSet> setList = new ArrayList<>();
  private final List<PatternNode.Anchor> anchorList = new ArrayList<>();
  private final Operation[] operations;
  private final int[][] operands;
  private final CodePointSet[] sets;
  private final PatternNode.Anchor[] anchors;

  private TokenPattern(PatternNode node, String source, String place) {
    this.source = source;
    this.place = place;
    compile(node);
    emit(Operation.MATCH, 0, 0, 0);
    operations = operationList.toArray(Operation[]::new);
    operands = operandList.toArray(int[][]::new);
    sets = setList.toArray(CodePointSet[]::new);
    anchors = anchorList.toArray(PatternNode.Anchor[]::new);
  }

  /**
   * Compiles a regular expression.
   *
   * @param place file and field, for messages
   */
  static TokenPattern compile(String regularExpression, String place) {
    return new TokenPattern(PatternParser.parse(regularExpression, place), regularExpression, place);
  }

  /** The pattern that matches exactly a text. */
  static TokenPattern literal(String text, String place) {
    return new TokenPattern(new PatternNode.Concatenation(
        text.codePoints().<PatternNode>mapToObj(codePoint -> new PatternNode.One(CodePointSet.of(codePoint))).toList()),
        text, place);
  }

  /** The pattern that matches one code point of a set. */
  static TokenPattern one(CodePointSet set, String place) {
    return new TokenPattern(new PatternNode.One(set), "", place);
  }

  /** Receives matches from left to right. */
  @FunctionalInterface
  interface MatchConsumer {
    /** A match from {@code start} inclusive to {@code end} exclusive, in chars. */
    void accept(int start, int end);
  }

  /**
   * Finds all matches from left to right; an empty one counts unless it touches the match before.
   *
   * @return the number of steps that took
   */
  long forEachMatch(String text, MatchConsumer consumer) {
    var machine = new Machine(text);
    int position = 0;
    int lastEnd = -1;
    while (position < text.length()) {
      int end = machine.run(0, position);
      if (end > position) {
        consumer.accept(position, end);
        position = end;
        lastEnd = end;
      } else {
        if (end == position && end != lastEnd) {
          consumer.accept(position, position);
        }
        position += Character.charCount(text.codePointAt(position));
      }
    }
    return machine.steps;
  }

  private void compile(PatternNode node) {
    switch (node) {
      case PatternNode.One(CodePointSet set) -> emit(Operation.ONE, set(set), 0, 0);
      case PatternNode.Concatenation(List<PatternNode> parts) -> parts.forEach(this::compile);
      case PatternNode.Alternation(List<PatternNode> branches) -> compileAlternation(branches);
      case PatternNode.Repetition repetition -> compileRepetition(repetition);
      case PatternNode.LookAhead(PatternNode body, boolean negative) ->
        compileBody(Operation.LOOK_AHEAD, negative ? 1 : 0, body);
      case PatternNode.LookBehind(CodePointSet set, boolean negative) ->
        emit(Operation.LOOK_BEHIND, set(set), negative ? 1 : 0, 0);
      case PatternNode.Atomic(PatternNode body) -> compileBody(Operation.ATOMIC, 0, body);
      case PatternNode.Position(PatternNode.Anchor anchor) -> {
        anchorList.add(anchor);
        emit(Operation.ANCHOR, anchorList.size() - 1, 0, 0);
      }
    }
  }

  private void compileAlternation(List<PatternNode> branches) {
    var jumps = new ArrayList<int[]>();
    for (int i = 0; i < branches.size() - 1; i++) {
      int[] choose = emit(Operation.CHOOSE, operationList.size() + 1, 0, 0);
      compile(branches.get(i));
      jumps.add(emit(Operation.JUMP, 0, 0, 0));
      choose[1] = operationList.size();
    }
    compile(branches.getLast());
    jumps.forEach(jump -> jump[0] = operationList.size());
  }

  private void compileBody(Operation operation, int a, PatternNode body) {
    int[] enter = emit(operation, a, 0, 0);
    compile(body);
    emit(Operation.MATCH, 0, 0, 0);
    enter[1] = operationList.size();
  }

  private void compileRepetition(PatternNode.Repetition repetition) {
    if (repetition.body() instanceof PatternNode.One(CodePointSet set)
        && repetition.mode() != PatternNode.Mode.LAZY) {
      emit(repetition.mode() == PatternNode.Mode.GREEDY ? Operation.GREEDY : Operation.POSSESSIVE, set(set),
          repetition.minimum(), repetition.maximum());
      return;
    }
    if (repetition.mode() == PatternNode.Mode.POSSESSIVE) {
      compileBody(Operation.ATOMIC, 0, new PatternNode.Repetition(repetition.body(), repetition.minimum(),
          repetition.maximum(), PatternNode.Mode.GREEDY));
      return;
    }
    for (int i = 0; i < repetition.minimum(); i++) {
      compile(repetition.body());
    }
    // operand 0 is tried first, operand 1 second
    int enter = repetition.mode() == PatternNode.Mode.LAZY ? 1 : 0;
    if (repetition.maximum() < 0) {
      int[] choose = emit(Operation.CHOOSE, 0, 0, 0);
      int start = operationList.size() - 1;
      choose[enter] = start + 1;
      compile(repetition.body());
      emit(Operation.JUMP, start, 0, 0);
      choose[1 - enter] = operationList.size();
      return;
    }
    var exits = new ArrayList<int[]>();
    for (int i = repetition.minimum(); i < repetition.maximum(); i++) {
      int[] choose = emit(Operation.CHOOSE, 0, 0, 0);
      choose[enter] = operationList.size();
      exits.add(choose);
      compile(repetition.body());
    }
    exits.forEach(choose -> choose[1 - enter] = operationList.size());
  }

  private int set(CodePointSet set) {
    setList.add(set);
    return setList.size() - 1;
  }

  private int[] emit(Operation operation, int a, int b, int c) {
    if (operationList.size() >= MOST_INSTRUCTIONS) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID,
          "%s: pattern %s needs more than %d instructions".formatted(place, Quoted.of(source), MOST_INSTRUCTIONS));
    }
    var operand = new int[]{a, b, c};
    operationList.add(operation);
    operandList.add(operand);
    return operand;
  }

  /** One text being searched. */
  private final class Machine {
    private final String text;
    private final long stepLimit;
    private long steps;
    /** Frames of three: instruction, position, and CHOICE or the leftmost position to give back to. */
    private int[] stack = new int[96];
    private int stackSize;

    Machine(String text) {
      this.text = text;
      this.stepLimit = FREE_STEPS + STEPS_PER_CHARACTER * text.length();
    }

    /** The end of the match that begins at a position, or NO_MATCH. Recurses into look-around and atomic groups only. */
    int run(int startInstruction, int start) {
      int base = stackSize;
      int instruction = startInstruction;
      int position = start;
      for (;;) {
        countSteps(1);
        int[] operand = operands[instruction];
        int next = instruction + 1;
        switch (operations[instruction]) {
          case ONE -> {
            int codePoint = position < text.length() ? text.codePointAt(position) : -1;
            if (codePoint >= 0 && sets[operand[0]].contains(codePoint)) {
              position += Character.charCount(codePoint);
            } else {
              next = NO_MATCH;
            }
          }
          case GREEDY, POSSESSIVE -> {
            int end = repeat(operand, position, operations[instruction] == Operation.GREEDY, next);
            position = end;
            next = end < 0 ? NO_MATCH : next;
          }
          case CHOOSE -> {
            push(operand[1], position, CHOICE);
            next = operand[0];
          }
          case JUMP -> next = operand[0];
          case LOOK_AHEAD -> {
            boolean matched = run(next, position) >= 0;
            next = matched == (operand[0] == 0) ? operand[1] : NO_MATCH;
          }
          case LOOK_BEHIND -> {
            boolean matched = position > 0 && sets[operand[0]].contains(text.codePointBefore(position));
            next = matched == (operand[1] == 0) ? next : NO_MATCH;
          }
          case ATOMIC -> {
            position = run(next, position);
            next = position < 0 ? NO_MATCH : operand[1];
          }
          case ANCHOR -> next = holds(anchors[operand[0]], position) ? next : NO_MATCH;
          case MATCH -> {
            stackSize = base;
            return position;
          }
        }
        if (next == NO_MATCH) {
          if (stackSize == base) {
            return NO_MATCH;
          }
          position = resume();
          next = resumedInstruction;
        }
        instruction = next;
      }
    }

    private int resumedInstruction;

    /** Takes the latest alternative off the stack; returns its position and sets its instruction. */
    private int resume() {
      int frame = stackSize - 3;
      resumedInstruction = stack[frame];
      int position = stack[frame + 1];
      int leftmost = stack[frame + 2];
      if (leftmost != CHOICE) {
        position -= Character.charCount(text.codePointBefore(position));
        stack[frame + 1] = position;
        if (position > leftmost) {
          return position;
        }
      }
      stackSize = frame;
      return position;
    }

    private int repeat(int[] operand, int start, boolean givesBack, int next) {
      CodePointSet set = sets[operand[0]];
      int minimum = operand[1];
      int maximum = operand[2] < 0 ? Integer.MAX_VALUE : operand[2];
      int leftmost = minimum == 0 ? start : -1;
      int position = start;
      int count = 0;
      while (count < maximum && position < text.length()) {
        int codePoint = text.codePointAt(position);
        if (!set.contains(codePoint)) {
          break;
        }
        position += Character.charCount(codePoint);
        if (++count == minimum) {
          leftmost = position;
        }
      }
      countSteps(count);
      if (count < minimum) {
        return NO_MATCH;
      }
      if (givesBack && position > leftmost) {
        push(next, position, leftmost);
      }
      return position;
    }

    private boolean holds(PatternNode.Anchor anchor, int position) {
      return switch (anchor) {
        case TEXT_START -> position == 0;
        case TEXT_END -> position == text.length();
        case LINE_START -> position == 0 || text.charAt(position - 1) == '\n';
        case LINE_END -> position == text.length() || text.charAt(position) == '\n';
        case WORD_BOUNDARY -> atWordBoundary(position);
        case NO_WORD_BOUNDARY -> !atWordBoundary(position);
      };
    }

    private boolean atWordBoundary(int position) {
      boolean before = position > 0 && CodePointSet.WORD.contains(text.codePointBefore(position));
      boolean after = position < text.length() && CodePointSet.WORD.contains(text.codePointAt(position));
      return before != after;
    }

    private void push(int instruction, int position, int leftmost) {
      if (stackSize + 3 > stack.length) {
        if (2 * stack.length > MOST_STACK_INTS) {
          throw tooMuch("memory");
        }
        stack = Arrays.copyOf(stack, 2 * stack.length);
      }
      stack[stackSize] = instruction;
      stack[stackSize + 1] = position;
      stack[stackSize + 2] = leftmost;
      stackSize += 3;
    }

    private void countSteps(int more) {
      steps += more;
      if (steps > stepLimit) {
        throw tooMuch("time");
      }
    }

    private PlatformException tooMuch(String what) {
      return new PlatformException(StandardErrorCode.MODEL_INVALID,
          "%s: pattern %s needs too much %s for a text of %d characters".formatted(place, Quoted.of(source), what,
              text.length()));
    }
  }
}
