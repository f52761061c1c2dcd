/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of the syntax tree. */
sealed interface Statement {

  record Data(Text text) implements Statement {}

  record Output(List<Expression> expressions) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(Expression condition, List<Statement> body) {}

  /**
   * A loop.
   *
   * @param filter the condition after {@code if}
   */
  record For(Target target, Expression iterable, @Nullable Expression filter, boolean recursive, Frame filterFrame,
      Block body, Block otherwise, int line) implements Statement {}

  /** Statements with variables of their own. */
  record Block(Frame frame, List<Statement> statements) {}

  record Assign(Target target, Expression value, int line) implements Statement {}

  /** {@code set} with a body; the filters see the body's text. */
  record AssignBlock(Target target, Expression.@Nullable Filtered filter, Block body, int line) implements Statement {}

  record Macro(String name, MacroDefinition definition, int line) implements Statement {}

  record CallBlock(Expression.Call call, MacroDefinition caller, int line) implements Statement {}

  record FilterBlock(Expression.Filtered filter, Block body, int line) implements Statement {}

  record With(List<Target> targets, List<Expression> values, Block body, int line) implements Statement {}

  /** A block whose variables are its own and that does nothing else: {@code generation}. */
  record Scoped(Block body) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /**
   * What a macro or a call block takes and does.
   *
   * @param defaults of the last parameters
   * @param usesCaller, usesVarargs, usesKwargs whether the body names the special variables
   */
  record MacroDefinition(String name, List<String> parameters, List<Expression> defaults, Block body,
      boolean usesCaller, boolean usesVarargs, boolean usesKwargs) {}

  /** What can be assigned to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record Member(String namespace, String attribute) implements Target {}

    record Unpacked(List<Target> targets) implements Target {}
  }
}
