/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.llm.bitnet.template.Token.Kind;
import java.util.List;

/** Walks over the tokens of a template and says what is wrong with them. */
class TokenCursor {

  /** Brackets, operators and blocks within one another. */
  private static final int MAX_NESTING = 200;

  private final String templateName;
  private final List<Token> tokens;
  private int next;
  private int nesting;

  TokenCursor(String templateName, List<Token> tokens) {
    this.templateName = templateName;
    this.tokens = tokens;
  }

  final Token current() {
    return tokens.get(next);
  }

  final Token following() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  final Token advance() {
    Token token = tokens.get(next);
    if (next < tokens.size() - 1) {
      next++;
    }
    return token;
  }

  final boolean skipOperator(String operator) {
    if (current().isOperator(operator)) {
      advance();
      return true;
    }
    return false;
  }

  final boolean skipName(String name) {
    if (current().isName(name)) {
      advance();
      return true;
    }
    return false;
  }

  final void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  final Token expect(Kind kind) {
    if (current().kind() != kind) {
      throw unexpected("'" + kind.description + "'");
    }
    return advance();
  }

  final PlatformException unexpected(String expected) {
    return current().kind() == Kind.END
        ? fail("unexpected end of template, expected " + expected + ".")
        : fail("expected token " + expected + ", got " + current().describe());
  }

  final PlatformException fail(String message) {
    return fail(current().line(), message);
  }

  final PlatformException fail(int line, String message) {
    return Lexer.error(templateName, line, message);
  }

  /** Begins a construct within another; to be followed by {@link #leave}. */
  final void enter() {
    if (++nesting > MAX_NESTING) {
      throw fail("it is nested more than " + MAX_NESTING + " deep");
    }
  }

  final void leave() {
    nesting--;
  }
}
