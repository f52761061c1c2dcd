/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of the syntax tree. */
sealed interface Expression {

  /** Line in the template, from 1. */
  int line();

  record Literal(Value value, int line) implements Expression {}

  record Name(String name, int line) implements Expression {}

  record TupleDisplay(List<Expression> items, int line) implements Expression {}

  record ListDisplay(List<Expression> items, int line) implements Expression {}

  record DictDisplay(List<Pair> pairs, int line) implements Expression {}

  record Pair(Expression key, Expression value) {}

  record Negation(Expression operand, int line) implements Expression {}

  record Unary(char operator, Expression operand, int line) implements Expression {}

  record Binary(String operator, Expression left, Expression right, int line) implements Expression {}

  /** {@code left and right} or {@code left or right}: the value of one of them. */
  record Logical(boolean and, Expression left, Expression right, int line) implements Expression {}

  /** A chain such as {@code a < b <= c}. */
  record Compare(Expression first, List<Operand> rest, int line) implements Expression {}

  record Operand(String operator, Expression expression) {}

  record Concatenation(List<Expression> parts, int line) implements Expression {}

  record Conditional(Expression condition, Expression then, @Nullable Expression otherwise,
      int line) implements Expression {}

  record Attribute(Expression target, String name, int line) implements Expression {}

  record Subscript(Expression target, Expression key, int line) implements Expression {}

  record Slice(Expression target, @Nullable Expression start, @Nullable Expression stop, @Nullable Expression step,
      int line) implements Expression {}

  record Call(Expression callee, Arguments arguments, int line) implements Expression {}

  /**
   * A filter.
   *
   * @param target null in filter blocks, where the block's text is the input
   */
  record Filtered(@Nullable Expression target, String filter, Arguments arguments, int line) implements Expression {}

  record Tested(Expression target, String test, Arguments arguments, int line) implements Expression {}

  /**
   * Arguments as written.
   *
   * @param sequence what {@code *} unpacks
   * @param mapping  what {@code **} unpacks
   */
  record Arguments(List<Expression> positional, List<Keyword> keywords, @Nullable Expression sequence,
      @Nullable Expression mapping) {
    static final Arguments EMPTY = new Arguments(List.of(), List.of(), null, null);

    boolean isEmpty() {
      return positional.isEmpty() && keywords.isEmpty() && sequence == null && mapping == null;
    }
  }

  record Keyword(String name, Expression value) {}
}
