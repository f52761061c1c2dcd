/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/**
 * A token of a template.
 *
 * @param text    the name, the operator, the number as written without underscores, or the string or data with escapes
 *                resolved
 * @param line    from 1
 */
record Token(Kind kind, String text, int line) {

  enum Kind {
    DATA("template data"), BLOCK_BEGIN("begin of statement block"), BLOCK_END(
        "end of statement block"),
    VARIABLE_BEGIN("begin of print statement"), VARIABLE_END("end of print statement"), NAME(
        "name"),
    STRING("string"), INTEGER("integer"), FLOAT("float"), OPERATOR("operator"), END("end of template");

    final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** How messages call this token. */
  String describe() {
    return switch (kind) {
      case NAME, OPERATOR -> "'" + text + "'";
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, STRING, INTEGER, FLOAT, END -> "'"
          + kind.description + "'";
    };
  }
}
