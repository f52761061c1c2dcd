/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/** What one rendering may use. Every operation whose cost grows with its operands pays here before it works. */
final class Budget {

  /** Evaluated expressions and statements, and items that library functions walk over. */
  static final int MAX_STEPS = 1_000_000;
  /** Characters (UTF-16 units) of one text, the output among them. */
  static final int MAX_TEXT = 8 << 20;
  /** Items of one list, tuple or dict. */
  static final int MAX_ITEMS = 1_000_000;
  /** Characters copied or searched in all, an item of a list counting as eight: bounds memory and time together. */
  static final long MAX_WORK = 128L << 20;
  /** Macro calls within macro calls, and values within values. */
  static final int MAX_CALLS = 200;
  /** Nodes of the syntax tree under evaluation at once: what keeps the Java stack from overflowing. */
  static final int MAX_DEPTH = 700;

  private int steps;
  private long work;
  private int calls;
  private int depth;

  void step() {
    if (++steps > MAX_STEPS) {
      throw new TemplateFailure("it takes more than " + MAX_STEPS + " steps");
    }
  }

  /** Pays for reading or writing so many characters. */
  void work(long characters) {
    work += characters;
    if (work > MAX_WORK) {
      throw new TemplateFailure("it works on more than " + MAX_WORK + " characters");
    }
  }

  /** Refuses a text that would be too long, before it is made. */
  void checkText(long characters) {
    if (characters > MAX_TEXT) {
      throw new TemplateFailure("a text would be longer than " + MAX_TEXT + " characters");
    }
  }

  /** Refuses a list that would be too long, before it is made, and pays for it. */
  void items(long count) {
    if (count > MAX_ITEMS) {
      throw new TemplateFailure("a list would have more than " + MAX_ITEMS + " items");
    }
    work(8 * count);
  }

  /** Pays for one more item of a list that grows to this size. */
  void grow(int newSize) {
    if (newSize > MAX_ITEMS) {
      throw new TemplateFailure("a list would have more than " + MAX_ITEMS + " items");
    }
    work(8);
  }

  /** Begins a call or a descent into a value; to be followed by {@link #leaveCall}. */
  void enterCall() {
    if (++calls > MAX_CALLS) {
      throw new TemplateFailure("calls or values are nested more than " + MAX_CALLS + " deep");
    }
  }

  void leaveCall() {
    calls--;
  }

  /** Begins the evaluation of a node; to be followed by {@link #leaveNode}. */
  void enterNode() {
    step();
    if (++depth > MAX_DEPTH) {
      throw new TemplateFailure("evaluation is nested more than " + MAX_DEPTH + " deep");
    }
  }

  void leaveNode() {
    depth--;
  }
}
