/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.llm.bitnet.template.Statement.Block;
import dev.trine.llm.bitnet.template.Statement.Target;
import dev.trine.llm.bitnet.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Parses the statements of a template. */
final class Parser extends ExpressionParser {

  private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

  /** Loops around the statement being parsed, within the macro or call block being parsed. */
  private int loops;

  private Parser(String templateName, List<Token> tokens) {
    super(templateName, tokens);
  }

  /**
   * Parses a whole template.
   *
   * @throws dev.trine.api.PlatformException {@code MODEL_INVALID} with the line and what is wrong
   */
  static Block parse(String templateName, String source) {
    var parser = new Parser(templateName, Lexer.tokenize(templateName, source));
    Frame root = parser.frame;
    var block = new Block(root, parser.parseUntil());
    parser.checkNames();
    return block;
  }

  /**
   * Statements up to one of the end tags, whose name is then current; up to the end of the template when none is given.
   */
  private List<Statement> parseUntil(String... endTags) {
    enter();
    int line = current().line();
    var statements = new ArrayList<Statement>();
    while (true) {
      Token token = advance();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(Text.trusted(token.text())));
        case VARIABLE_BEGIN -> {
          statements.add(new Statement.Output(List.of(parseTuple(false, true, null))));
          expect(Kind.VARIABLE_END);
        }
        case BLOCK_BEGIN -> {
          for (String endTag : endTags) {
            if (current().isName(endTag)) {
              leave();
              return List.copyOf(statements);
            }
          }
          statements.add(parseStatement(endTags));
          expect(Kind.BLOCK_END);
        }
        case END -> {
          if (endTags.length > 0) {
            throw fail("Unexpected end of template. Jinja was looking for the following tags: " + quoted(endTags)
                + ", for the block that begins at line " + line + ".");
          }
          leave();
          return List.copyOf(statements);
        }
        case BLOCK_END, VARIABLE_END, NAME, STRING, INTEGER, FLOAT, OPERATOR -> throw fail(token.line(),
            "unexpected " + token.describe());
      }
    }
  }

  private static String quoted(String[] names) {
    return "'" + String.join("' or '", names) + "'";
  }

  private Statement parseStatement(String[] endTags) {
    if (current().kind() != Kind.NAME) {
      throw fail("tag name expected");
    }
    Token tag = advance();
    return switch (tag.text()) {
      case "for" -> parseFor(tag.line());
      case "if" -> parseIf();
      case "set" -> parseSet(tag.line());
      case "macro" -> parseMacro(tag.line());
      case "call" -> parseCallBlock(tag.line());
      case "filter" -> parseFilterBlock(tag.line());
      case "with" -> parseWith(tag.line());
      case "generation" -> new Statement.Scoped(parseFunctionBody("endgeneration"));
      case "print" -> parsePrint();
      case "break", "continue" -> {
        if (loops == 0) {
          throw fail(tag.line(), "'" + tag.text() + "' outside loop");
        }
        yield tag.text().equals("break") ? new Statement.Break() : new Statement.Continue();
      }
      case "block", "extends", "include", "import", "from", "autoescape" -> throw fail(tag.line(),
          "the tag '" + tag.text() + "' has no use in a chat template and is not supported");
      default -> throw fail(tag.line(), "Encountered unknown tag '" + tag.text() + "'."
          + (endTags.length == 0 ? "" : " Jinja was looking for the following tags: " + quoted(endTags) + "."));
    };
  }

  /** The statements of a block after its opening tag, up to one of the end tags, whose name is then current. */
  private List<Statement> parseBody(String... endTags) {
    skipOperator(":");
    expect(Kind.BLOCK_END);
    return parseUntil(endTags);
  }

  /** A body with variables of its own. The last of the end tags is consumed by the caller. */
  private Block parseScope(List<String> parameters, Supplier<List<Statement>> body) {
    var inner = new Frame(frame);
    parameters.forEach(inner::declare);
    frame = inner;
    List<Statement> statements = body.get();
    closeFrame();
    return new Block(inner, statements);
  }

  private void closeFrame() {
    frame.close();
    frame = frame.parent();
  }

  /** A body that is a function of its own: loops around it cannot be left from within. */
  private Block parseFunctionBody(String endTag) {
    int outerLoops = loops;
    loops = 0;
    Block body = parseScope(List.of(), () -> parseBody(endTag));
    loops = outerLoops;
    advance();
    return body;
  }

  private Statement parseFor(int line) {
    var names = new ArrayList<String>();
    Target target = parseTarget(false, names);
    if (!skipName("in")) {
      throw unexpected("'in'");
    }
    Expression iterable = parseTuple(false, false, "recursive");
    names.add("loop");
    var filterFrame = new Frame(frame);
    Expression filter = null;
    if (skipName("if")) {
      names.forEach(filterFrame::declare);
      frame = filterFrame;
      filter = parseExpression();
      closeFrame();
    }
    boolean recursive = skipName("recursive");
    loops++;
    Block body = parseScope(names, () -> parseBody("endfor", "else"));
    loops--;
    Block otherwise = new Block(new Frame(frame), List.of());
    if (advance().isName("else")) {
      otherwise = parseScope(List.of(), () -> parseBody("endfor"));
      advance();
    }
    return new Statement.For(target, iterable, filter, recursive, filterFrame, body, otherwise, line);
  }

  private Statement parseIf() {
    var branches = new ArrayList<Statement.Branch>();
    List<Statement> otherwise = List.of();
    Frame around = frame;
    do {
      around.enterCondition();
      Expression condition = parseTuple(false, false, null);
      branches.add(new Statement.Branch(condition, parseBody("elif", "else", "endif")));
      around.leaveCondition();
    } while (skipName("elif"));
    if (advance().isName("else")) {
      around.enterCondition();
      otherwise = parseBody("endif");
      around.leaveCondition();
      advance();
    }
    return new Statement.If(List.copyOf(branches), otherwise);
  }

  private Statement parseSet(int line) {
    var names = new ArrayList<String>();
    Target target = parseTarget(true, names);
    if (skipOperator("=")) {
      Expression value = parseTuple(false, true, null);
      names.forEach(frame::write);
      return new Statement.Assign(target, value, line);
    }
    names.forEach(frame::write);
    var inner = new Frame(frame);
    frame = inner;
    Expression.Filtered filter = skipOperator("|") ? parseBlockFilters() : null;
    List<Statement> body = parseBody("endset");
    closeFrame();
    advance();
    return new Statement.AssignBlock(target, filter, new Block(inner, body), line);
  }

  private Statement parseFilterBlock(int line) {
    var inner = new Frame(frame);
    frame = inner;
    Expression.Filtered filter = parseBlockFilters();
    List<Statement> body = parseBody("endfilter");
    closeFrame();
    advance();
    return new Statement.FilterBlock(filter, new Block(inner, body), line);
  }

  private Statement parseMacro(int line) {
    String name = parseVariableName();
    frame.write(name);
    return new Statement.Macro(name, parseMacroDefinition(name), line);
  }

  private Statement parseCallBlock(int line) {
    var inner = new Frame(frame);
    Frame outer = frame;
    frame = inner;
    var signature = current().isOperator("(") ? parseSignature() : new Signature(List.of(), List.of());
    frame = outer;
    Expression call = parseExpression();
    if (!(call instanceof Expression.Call calling)) {
      throw fail(line, "expected call");
    }
    frame = inner;
    return new Statement.CallBlock(calling, parseDefinitionBody("caller", signature, "endcall"), line);
  }

  private Statement.MacroDefinition parseMacroDefinition(String name) {
    frame = new Frame(frame);
    return parseDefinitionBody(name, parseSignature(), "endmacro");
  }

  private record Signature(List<String> parameters, List<Expression> defaults) {}

  private Signature parseSignature() {
    var parameters = new ArrayList<String>();
    var defaults = new ArrayList<Expression>();
    expectOperator("(");
    while (!current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        expectOperator(",");
      }
      String parameter = parseVariableName();
      frame.declare(parameter);
      if (skipOperator("=")) {
        defaults.add(parseExpression());
      } else if (!defaults.isEmpty()) {
        throw fail("non-default argument follows default argument");
      }
      parameters.add(parameter);
    }
    advance();
    return new Signature(List.copyOf(parameters), List.copyOf(defaults));
  }

  /** The body in the frame that is current, which it closes. */
  private Statement.MacroDefinition parseDefinitionBody(String name, Signature signature, String endTag) {
    Frame inner = frame;
    int outerLoops = loops;
    loops = 0;
    List<Statement> body = parseBody(endTag);
    loops = outerLoops;
    advance();
    closeFrame();
    return new Statement.MacroDefinition(name, signature.parameters(), signature.defaults(), new Block(inner, body),
        inner.uses("caller"), inner.uses("varargs"), inner.uses("kwargs"));
  }

  private Statement parseWith(int line) {
    var targets = new ArrayList<Target>();
    var values = new ArrayList<Expression>();
    var names = new ArrayList<String>();
    while (current().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        expectOperator(",");
      }
      targets.add(parseTarget(false, names));
      expectOperator("=");
      values.add(parseExpression());
    }
    Block body = parseScope(names, () -> parseBody("endwith"));
    advance();
    return new Statement.With(List.copyOf(targets), List.copyOf(values), body, line);
  }

  private Statement parsePrint() {
    var parts = new ArrayList<Expression>();
    while (current().kind() != Kind.BLOCK_END) {
      if (!parts.isEmpty()) {
        expectOperator(",");
      }
      parts.add(parseExpression());
    }
    return new Statement.Output(List.copyOf(parts));
  }

  private String parseVariableName() {
    Token token = expect(Kind.NAME);
    if (CONSTANTS.contains(token.text())) {
      throw fail(token.line(), "can't assign to '" + token.text() + "'");
    }
    return token.text();
  }

  /**
   * What is assigned to.
   *
   * @param members whether attributes of a namespace may be
   * @param names   receives the variables
   */
  private Target parseTarget(boolean members, List<String> names) {
    enter();
    var targets = new ArrayList<Target>();
    boolean tuple = false;
    while (!atTargetEnd()) {
      targets.add(parseSingleTarget(members, names));
      if (!skipOperator(",")) {
        break;
      }
      tuple = true;
    }
    leave();
    if (targets.isEmpty()) {
      throw fail("Expected an expression, got " + current().describe());
    }
    return tuple ? new Target.Unpacked(List.copyOf(targets)) : targets.getFirst();
  }

  private boolean atTargetEnd() {
    return current().kind() == Kind.BLOCK_END || current().isOperator(")") || current().isName("in");
  }

  private Target parseSingleTarget(boolean members, List<String> names) {
    if (skipOperator("(")) {
      Target inside = parseTarget(false, names);
      expectOperator(")");
      return inside;
    }
    String name = parseVariableName();
    if (members && skipOperator(".")) {
      frame.read(name);
      return new Target.Member(name, expect(Kind.NAME).text());
    }
    names.add(name);
    return new Target.Variable(name);
  }
}
