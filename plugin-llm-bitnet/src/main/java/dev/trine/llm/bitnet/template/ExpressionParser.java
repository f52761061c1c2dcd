/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.llm.bitnet.template.Expression.Arguments;
import dev.trine.llm.bitnet.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses expressions by operator precedence, with Jinja's table: {@code ~} binds tighter than {@code +}, powers associate to the left. */
class ExpressionParser extends TokenCursor {

  /** Digits of an integer literal, as Python bounds them. */
  private static final int MAX_DIGITS = 4_300;

  private static final int OR = 1;
  private static final int AND = 2;
  private static final int NOT = 3;
  private static final int COMPARE = 4;
  private static final int SUM = 5;
  private static final int CONCATENATION = 6;
  private static final int PRODUCT = 7;
  private static final int POWER = 8;

  private int conditions;
  private @Nullable PlatformException unknownName;
  Frame frame = new Frame(null);

  ExpressionParser(String templateName, List<Token> tokens) {
    super(templateName, tokens);
  }

  /** An expression, conditional ones included. */
  final Expression parseExpression() {
    int line = current().line();
    PlatformException unknownBefore = unknownName;
    Expression expression = parseOperators(OR);
    while (current().isName("if")) {
      advance();
      unknownName = unknownBefore;
      conditions++;
      Expression condition = parseOperators(OR);
      Expression otherwise = null;
      if (skipName("else")) {
        enter();
        otherwise = parseExpression();
        leave();
      }
      conditions--;
      expression = new Expression.Conditional(condition, expression, otherwise, line);
      line = current().line();
    }
    return expression;
  }

  private Expression parseOperators(int minimum) {
    int line = current().line();
    Expression left;
    if (minimum <= NOT && current().isName("not")) {
      advance();
      enter();
      left = new Expression.Negation(parseOperators(NOT), line);
      leave();
    } else {
      left = parseUnary(true);
    }
    while (true) {
      int precedence = precedence();
      if (precedence < minimum) {
        return left;
      }
      left = parseOperator(left, precedence, line);
      line = current().line();
    }
  }

  private Expression parseOperator(Expression left, int precedence, int line) {
    if (precedence == COMPARE) {
      return parseCompare(left, line);
    }
    if (precedence == CONCATENATION) {
      var parts = new ArrayList<Expression>();
      parts.add(left);
      while (skipOperator("~")) {
        parts.add(parseOperators(PRODUCT));
      }
      return new Expression.Concatenation(List.copyOf(parts), line);
    }
    Token operator = advance();
    Expression right = parseOperators(precedence + 1);
    return precedence == OR || precedence == AND
        ? new Expression.Logical(precedence == AND, left, right, line)
        : new Expression.Binary(operator.text(), left, right, line);
  }

  /** The precedence of the operator that comes next, or 0 when none does. */
  private int precedence() {
    Token token = current();
    if (token.kind() == Kind.NAME) {
      return switch (token.text()) {
        case "or" -> OR;
        case "and" -> AND;
        case "in" -> COMPARE;
        case "not" -> following().isName("in") ? COMPARE : 0;
        default -> 0;
      };
    }
    if (token.kind() != Kind.OPERATOR) {
      return 0;
    }
    return switch (token.text()) {
      case "==", "!=", "<", "<=", ">", ">=" -> COMPARE;
      case "+", "-" -> SUM;
      case "~" -> CONCATENATION;
      case "*", "/", "//", "%" -> PRODUCT;
      case "**" -> POWER;
      default -> 0;
    };
  }

  private Expression parseCompare(Expression first, int line) {
    var rest = new ArrayList<Expression.Operand>();
    while (precedence() == COMPARE) {
      String operator = advance().text();
      if (operator.equals("not")) {
        advance();
        operator = "not in";
      }
      rest.add(new Expression.Operand(operator, parseOperators(SUM)));
    }
    return new Expression.Compare(first, List.copyOf(rest), line);
  }

  private Expression parseUnary(boolean withFilters) {
    enter();
    int line = current().line();
    Expression expression;
    if (current().isOperator("-") || current().isOperator("+")) {
      char operator = advance().text().charAt(0);
      expression = new Expression.Unary(operator, parseUnary(false), line);
    } else {
      expression = parsePrimary();
    }
    expression = parsePostfix(expression);
    if (withFilters) {
      expression = parseFiltersAndTests(expression);
    }
    leave();
    return expression;
  }

  final Expression parsePrimary() {
    Token token = current();
    return switch (token.kind()) {
      case NAME -> parseName();
      case STRING -> parseString();
      case INTEGER -> {
        advance();
        yield new Expression.Literal(parseInteger(token), token.line());
      }
      case FLOAT -> {
        advance();
        yield new Expression.Literal(new Value.Real(Double.parseDouble(token.text())), token.line());
      }
      case OPERATOR -> switch (token.text()) {
        case "(" -> {
          advance();
          Expression inside = parseTuple(true, true, null);
          expectOperator(")");
          yield inside;
        }
        case "[" -> parseList();
        case "{" -> parseDict();
        default -> throw fail("unexpected " + token.describe());
      };
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END -> throw fail(
          "unexpected " + token.describe());
    };
  }

  private Expression parseName() {
    Token token = advance();
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(Value.TRUE, token.line());
      case "false", "False" -> new Expression.Literal(Value.FALSE, token.line());
      case "none", "None" -> new Expression.Literal(Value.NONE, token.line());
      default -> {
        frame.read(token.text());
        yield new Expression.Name(token.text(), token.line());
      }
    };
  }

  private Expression parseString() {
    Token first = advance();
    var text = new StringBuilder(first.text());
    while (current().kind() == Kind.STRING) {
      text.append(advance().text());
    }
    return new Expression.Literal(Text.trusted(text.toString()), first.line());
  }

  private Value parseInteger(Token token) {
    String digits = token.text();
    int radix = 10;
    if (digits.length() > 2 && digits.charAt(0) == '0') {
      radix = switch (digits.charAt(1)) {
        case 'x', 'X' -> 16;
        case 'o', 'O' -> 8;
        case 'b', 'B' -> 2;
        default -> 10;
      };
    }
    if (digits.length() > MAX_DIGITS) {
      throw fail(token.line(), "an integer has more than " + MAX_DIGITS + " digits");
    }
    return new Value.Int(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
  }

  /**
   * Expressions with commas between them make a tuple, a single one is itself.
   *
   * @param inBrackets   whether the empty tuple is meant when nothing is there
   * @param conditionals whether {@code a if b else c} is read
   * @param endName      a name that ends the tuple
   */
  final Expression parseTuple(boolean inBrackets, boolean conditionals, @Nullable String endName) {
    int line = current().line();
    var items = new ArrayList<Expression>();
    boolean tuple = false;
    while (!atTupleEnd(endName)) {
      items.add(conditionals ? parseExpression() : parseOperators(OR));
      if (!skipOperator(",")) {
        break;
      }
      tuple = true;
    }
    if (!tuple && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !inBrackets) {
      throw fail("Expected an expression, got " + current().describe());
    }
    return new Expression.TupleDisplay(List.copyOf(items), line);
  }

  private boolean atTupleEnd(@Nullable String endName) {
    Token token = current();
    return token.kind() == Kind.VARIABLE_END || token.kind() == Kind.BLOCK_END || token.isOperator(")")
        || (endName != null && token.isName(endName));
  }

  private Expression parseList() {
    int line = advance().line();
    var items = new ArrayList<Expression>();
    while (!current().isOperator("]")) {
      if (!items.isEmpty()) {
        expectOperator(",");
        if (current().isOperator("]")) {
          break;
        }
      }
      items.add(parseExpression());
    }
    advance();
    return new Expression.ListDisplay(List.copyOf(items), line);
  }

  private Expression parseDict() {
    int line = advance().line();
    var pairs = new ArrayList<Expression.Pair>();
    while (!current().isOperator("}")) {
      if (!pairs.isEmpty()) {
        expectOperator(",");
        if (current().isOperator("}")) {
          break;
        }
      }
      Expression key = parseExpression();
      expectOperator(":");
      pairs.add(new Expression.Pair(key, parseExpression()));
    }
    advance();
    return new Expression.DictDisplay(List.copyOf(pairs), line);
  }

  private Expression parsePostfix(Expression expression) {
    Expression result = expression;
    while (current().kind() == Kind.OPERATOR) {
      switch (current().text()) {
        case "." -> result = parseDot(result);
        case "[" -> result = parseSubscript(result);
        case "(" -> result = parseCall(result);
        default -> {
          return result;
        }
      }
    }
    return result;
  }

  private Expression parseDot(Expression target) {
    advance();
    Token member = advance();
    return switch (member.kind()) {
      case NAME -> new Expression.Attribute(target, member.text(), member.line());
      case INTEGER -> new Expression.Subscript(target, new Expression.Literal(parseInteger(member), member.line()),
          member.line());
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, STRING, FLOAT, OPERATOR, END -> throw fail(
          member.line(), "expected name or number");
    };
  }

  private Expression parseSubscript(Expression target) {
    int line = advance().line();
    if (skipOperator("]")) {
      return new Expression.Subscript(target, new Expression.TupleDisplay(List.of(), line), line);
    }
    Expression start = current().isOperator(":") ? null : parseExpression();
    if (skipOperator(":")) {
      Expression stop = parseSliceBound();
      Expression step = skipOperator(":") ? parseSliceBound() : null;
      if (current().isOperator(",")) {
        throw fail("a slice of several dimensions has no meaning here");
      }
      expectOperator("]");
      return new Expression.Slice(target, start, stop, step, line);
    }
    if (start == null) {
      throw unexpected("':'");
    }
    if (current().isOperator(",")) {
      var items = new ArrayList<Expression>(List.of(start));
      while (skipOperator(",")) {
        items.add(parseExpression());
      }
      start = new Expression.TupleDisplay(List.copyOf(items), line);
    }
    expectOperator("]");
    return new Expression.Subscript(target, start, line);
  }

  private @Nullable Expression parseSliceBound() {
    return current().isOperator(":") || current().isOperator("]") || current().isOperator(",")
        ? null
        : parseExpression();
  }

  private Expression.Call parseCall(Expression callee) {
    int line = current().line();
    return new Expression.Call(callee, parseArguments(), line);
  }

  private Arguments parseArguments() {
    int line = advance().line();
    var positional = new ArrayList<Expression>();
    var keywords = new ArrayList<Expression.Keyword>();
    Expression sequence = null;
    Expression mapping = null;
    boolean first = true;
    while (!current().isOperator(")")) {
      if (!first) {
        expectOperator(",");
        if (current().isOperator(")")) {
          break;
        }
      }
      first = false;
      boolean valid;
      if (skipOperator("*")) {
        valid = sequence == null && mapping == null;
        sequence = parseExpression();
      } else if (skipOperator("**")) {
        valid = mapping == null;
        mapping = parseExpression();
      } else if (current().kind() == Kind.NAME && following().isOperator("=")) {
        valid = mapping == null;
        String name = advance().text();
        advance();
        keywords.add(new Expression.Keyword(name, parseExpression()));
      } else {
        valid = sequence == null && mapping == null && keywords.isEmpty();
        positional.add(parseExpression());
      }
      if (!valid) {
        throw fail(line, "invalid syntax for function call expression");
      }
    }
    advance();
    return new Arguments(List.copyOf(positional), List.copyOf(keywords), sequence, mapping);
  }

  private Expression parseFiltersAndTests(Expression expression) {
    Expression result = expression;
    while (true) {
      if (current().isOperator("|")) {
        advance();
        result = parseFilter(result);
      } else if (current().isName("is")) {
        result = parseTest(result);
      } else if (current().isOperator("(")) {
        result = parseCall(result);
      } else {
        return result;
      }
    }
  }

  /** One or more filters after {@code set} or {@code filter}, where the input is a block's text. */
  final Expression.Filtered parseBlockFilters() {
    Expression.Filtered filter = parseFilter(null);
    while (skipOperator("|")) {
      filter = parseFilter(filter);
    }
    return filter;
  }

  private Expression.Filtered parseFilter(@Nullable Expression target) {
    int line = current().line();
    String name = parseDottedName();
    if (!Filters.exists(name)) {
      noteUnknown(line, "No filter named '" + name + "'.");
    }
    Arguments arguments = current().isOperator("(") ? parseArguments() : Arguments.EMPTY;
    return new Expression.Filtered(target, name, arguments, line);
  }

  private Expression parseTest(Expression target) {
    int line = advance().line();
    boolean negated = skipName("not");
    String name = parseDottedName();
    if (!Tests.exists(name)) {
      noteUnknown(line, "No test named '" + name + "'.");
    }
    Arguments arguments = Arguments.EMPTY;
    if (current().isOperator("(")) {
      arguments = parseArguments();
    } else if (atTestArgument()) {
      if (current().isName("is")) {
        throw fail("You cannot chain multiple tests with is");
      }
      arguments = new Arguments(List.of(parsePostfix(parsePrimary())), List.of(), null, null);
    }
    Expression test = new Expression.Tested(target, name, arguments, line);
    return negated ? new Expression.Negation(test, line) : test;
  }

  private boolean atTestArgument() {
    Token token = current();
    return switch (token.kind()) {
      case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END -> false;
    };
  }

  private String parseDottedName() {
    var name = new StringBuilder(expect(Kind.NAME).text());
    while (skipOperator(".")) {
      name.append('.').append(expect(Kind.NAME).text());
    }
    return name.toString();
  }

  /** A name that is not known is an error now only if it stands where it is sure to be evaluated. */
  private void noteUnknown(int line, String message) {
    if (conditions == 0 && !frame.inCondition() && unknownName == null) {
      unknownName = fail(line, message);
    }
  }

  /** To be called at the end of the template. */
  final void checkNames() {
    PlatformException unknown = unknownName;
    if (unknown != null) {
      throw unknown;
    }
  }
}
