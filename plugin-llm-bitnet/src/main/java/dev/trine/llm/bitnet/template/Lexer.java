/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.llm.bitnet.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens and applies whitespace control: {@code trim_blocks} (the newline after a statement or comment
 * goes), {@code lstrip_blocks} (blanks before one at the start of a line go), and the signs {@code -} and {@code +} at the
 * inner ends of tags.
 */
final class Lexer {

  /** Characters of template source; published templates have less than a tenth of it. */
  private static final int MAX_SOURCE = 512 << 10;
  private static final int MAX_NAME = 1_000;

  private static final List<String> OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%",
      "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String name;
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private final Deque<String> openBrackets = new ArrayDeque<>();
  private int position;
  private int line = 1;
  /** Whether the last thing read ended a line: what follows is at the start of one even if no newline is left of it. */
  private boolean lineStarting = true;

  private Lexer(String name, String source) {
    this.name = name;
    this.source = source;
  }

  static List<Token> tokenize(String name, String source) {
    if (source.length() > MAX_SOURCE) {
      throw error(name, 1, "it has " + source.length() + " characters, more than " + MAX_SOURCE);
    }
    String unixLines = source.replace("\r\n", "\n").replace('\r', '\n');
    if (unixLines.endsWith("\n")) {
      unixLines = unixLines.substring(0, unixLines.length() - 1);
    }
    var lexer = new Lexer(name, unixLines);
    lexer.readAll();
    return lexer.tokens;
  }

  static PlatformException error(String name, int line, String message) {
    return new PlatformException(StandardErrorCode.MODEL_INVALID,
        "chat template " + name + ", line " + line + ": " + message);
  }

  private void readAll() {
    while (position < source.length()) {
      int tag = nextTag(position);
      if (tag < 0) {
        addData(source.substring(position));
        position = source.length();
      } else {
        readTag(tag);
      }
    }
    tokens.add(new Token(Kind.END, "", line));
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
      char second = source.charAt(i + 1);
      if (second == '{' || second == '%' || second == '#') {
        return i;
      }
    }
    return -1;
  }

  /** Reads the data before a tag and the tag itself. */
  private void readTag(int tag) {
    char type = source.charAt(tag + 1);
    int inner = tag + 2;
    char sign = inner < source.length() ? source.charAt(inner) : 0;
    if (sign == '-' || sign == '+') {
      inner++;
    } else {
      sign = 0;
    }
    String data = stripBefore(source.substring(position, tag), sign, type != '{');
    int dataEnd = tag;
    addData(data);
    line += countNewlines(position + data.length(), dataEnd);
    position = inner;
    lineStarting = false;
    switch (type) {
      case '#' -> readComment();
      case '%' -> {
        int raw = matchRawBegin(inner);
        if (raw >= 0) {
          advance(raw);
          readRaw();
        } else {
          tokens.add(new Token(Kind.BLOCK_BEGIN, "", line));
          readInside(Kind.BLOCK_END);
        }
      }
      default -> {
        tokens.add(new Token(Kind.VARIABLE_BEGIN, "", line));
        readInside(Kind.VARIABLE_END);
      }
    }
  }

  private String stripBefore(String data, char sign, boolean lstripBlocks) {
    if (sign == '-') {
      int end = data.length();
      while (end > 0 && Characters.isSpace(data.charAt(end - 1))) {
        end--;
      }
      return data.substring(0, end);
    }
    if (sign == 0 && lstripBlocks) {
      int lineStart = data.lastIndexOf('\n') + 1;
      if (lineStart > 0 || lineStarting) {
        for (int i = lineStart; i < data.length(); i++) {
          if (!Characters.isSpace(data.charAt(i))) {
            return data;
          }
        }
        return data.substring(0, lineStart);
      }
    }
    return data;
  }

  private void addData(String data) {
    if (!data.isEmpty()) {
      tokens.add(new Token(Kind.DATA, data, line));
      line += (int) data.chars().filter(c -> c == '\n').count();
    }
  }

  private int countNewlines(int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      if (source.charAt(i) == '\n') {
        count++;
      }
    }
    return count;
  }

  /** Moves on to a later position. */
  private void advance(int to) {
    line += countNewlines(position, to);
    lineStarting = to > position && source.charAt(to - 1) == '\n';
    position = to;
  }

  private int skipSpaces(int from) {
    int i = from;
    while (i < source.length() && Characters.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Where the tag {@code raw} ends, or -1 when the tag whose inside begins here is another. */
  private int matchRawBegin(int inside) {
    int i = skipSpaces(inside);
    if (!source.startsWith("raw", i)) {
      return -1;
    }
    i = skipSpaces(i + 3);
    if (source.startsWith("-%}", i)) {
      return skipSpaces(i + 3);
    }
    return source.startsWith("%}", i) ? i + 2 : -1;
  }

  /** Where a closing mark at this place ends, whitespace that goes with it included, or -1 when there is none. */
  private int matchEnd(int at, String mark, boolean trimNewline) {
    if (source.startsWith("-" + mark, at)) {
      return skipSpaces(at + 1 + mark.length());
    }
    if (trimNewline && source.startsWith("+" + mark, at)) {
      return at + 1 + mark.length();
    }
    if (source.startsWith(mark, at)) {
      int end = at + mark.length();
      return trimNewline && end < source.length() && source.charAt(end) == '\n' ? end + 1 : end;
    }
    return -1;
  }

  private void readComment() {
    if (position == source.length()) {
      return;
    }
    for (int i = position; i < source.length(); i++) {
      int end = matchEnd(i, "#}", true);
      if (end >= 0) {
        advance(end);
        return;
      }
    }
    throw error(name, line, "Missing end of comment tag");
  }

  private void readRaw() {
    if (position == source.length()) {
      return;
    }
    for (int i = source.indexOf("{%", position); i >= 0; i = source.indexOf("{%", i + 1)) {
      int inner = i + 2;
      char sign = inner < source.length() ? source.charAt(inner) : 0;
      if (sign == '-' || sign == '+') {
        inner++;
      } else {
        sign = 0;
      }
      inner = skipSpaces(inner);
      if (!source.startsWith("endraw", inner)) {
        continue;
      }
      int end = matchEnd(skipSpaces(inner + 6), "%}", true);
      if (end < 0) {
        continue;
      }
      String data = stripBefore(source.substring(position, i), sign, true);
      addData(data);
      line += countNewlines(position + data.length(), i);
      position = i;
      advance(end);
      return;
    }
    throw error(name, line, "Missing end of raw directive");
  }

  /** Reads the tokens of a statement or an expression up to its closing mark. */
  private void readInside(Kind endKind) {
    boolean block = endKind == Kind.BLOCK_END;
    while (position < source.length()) {
      if (openBrackets.isEmpty()) {
        int end = matchEnd(position, block ? "%}" : "}}", block);
        if (end >= 0) {
          tokens.add(new Token(endKind, "", line));
          advance(end);
          return;
        }
      }
      char c = source.charAt(position);
      if (Characters.isSpace(c)) {
        advance(skipSpaces(position));
      } else if (c >= '0' && c <= '9') {
        readNumber();
      } else if (c == '_' || Character.isUnicodeIdentifierPart(source.codePointAt(position))) {
        readName();
      } else if (c == '"' || c == '\'') {
        readString(c);
      } else {
        readOperator();
      }
    }
    throw error(name, line, "unexpected end of template, expected '" + endKind.description + "'.");
  }

  private void readName() {
    int end = position;
    while (end < source.length()
        && (source.charAt(end) == '_' || Character.isUnicodeIdentifierPart(source.codePointAt(end)))) {
      end += Character.charCount(source.codePointAt(end));
    }
    if (end - position > MAX_NAME) {
      throw error(name, line, "a name has more than " + MAX_NAME + " characters");
    }
    int first = source.codePointAt(position);
    if (first != '_' && !Character.isUnicodeIdentifierStart(first)) {
      throw error(name, line, "Invalid character in identifier");
    }
    add(Kind.NAME, source.substring(position, end), end);
  }

  private void readNumber() {
    boolean afterDot = source.charAt(position - 1) == '.';
    int end = digits(position, 10);
    int floatEnd = afterDot ? -1 : floatEnd(end);
    if (floatEnd >= 0) {
      add(Kind.FLOAT, source.substring(position, floatEnd).replace("_", ""), floatEnd);
      return;
    }
    if (source.charAt(position) == '0') {
      int radix = position + 1 < source.length() ? radix(source.charAt(position + 1)) : 10;
      int prefixed = radix == 10 ? -1 : digits(position + 2, radix);
      end = prefixed > position + 2 ? prefixed : zeros();
    }
    add(Kind.INTEGER, source.substring(position, end).replace("_", ""), end);
  }

  private static int radix(char letter) {
    return switch (letter) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
  }

  /** Where a run of digits ends; single underscores may stand between them (and after a prefix such as 0x). */
  private int digits(int from, int radix) {
    int i = from;
    while (i < source.length()) {
      int digit = source.charAt(i) == '_' && (i > from || radix != 10) ? i + 1 : i;
      if (digit >= source.length() || source.charAt(digit) > 'f'
          || Character.digit(source.charAt(digit), radix) < 0) {
        break;
      }
      i = digit + 1;
    }
    return i;
  }

  /** A number that begins with 0 and has no prefix is zero; further digits are a token of their own, as in Jinja. */
  private int zeros() {
    int i = position + 1;
    while (i < source.length()
        && (source.charAt(i) == '0' || source.startsWith("_0", i))) {
      i += source.charAt(i) == '0' ? 1 : 2;
    }
    return i;
  }

  /** Where the number with these integer digits ends if it has a fraction or an exponent, else -1. */
  private int floatEnd(int integerEnd) {
    int end = integerEnd;
    boolean fraction = false;
    if (end < source.length() && source.charAt(end) == '.') {
      int fractionEnd = digits(end + 1, 10);
      if (fractionEnd > end + 1) {
        end = fractionEnd;
        fraction = true;
      }
    }
    if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
      int exponent = end + 1;
      if (exponent < source.length() && (source.charAt(exponent) == '+' || source.charAt(exponent) == '-')) {
        exponent++;
      }
      int exponentEnd = digits(exponent, 10);
      if (exponentEnd > exponent) {
        return exponentEnd;
      }
    }
    return fraction ? end : -1;
  }

  private void readString(char quote) {
    int end = position + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw error(name, line, "unexpected char '" + quote + "' at " + position + ": the string has no end");
    }
    add(Kind.STRING, StringEscapes.resolve(name, line, source.substring(position + 1, end)), end + 1);
  }

  private void readOperator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator);
        add(Kind.OPERATOR, operator, position + operator.length());
        return;
      }
    }
    throw error(name, line,
        "unexpected char '" + Character.toString(source.codePointAt(position)) + "' at " + position);
  }

  private void balance(String operator) {
    switch (operator) {
      case "(" -> openBrackets.push(")");
      case "[" -> openBrackets.push("]");
      case "{" -> openBrackets.push("}");
      case ")", "]", "}" -> {
        if (openBrackets.isEmpty()) {
          throw error(name, line, "unexpected '" + operator + "'");
        }
        String expected = openBrackets.pop();
        if (!expected.equals(operator)) {
          throw error(name, line, "unexpected '" + operator + "', expected '" + expected + "'");
        }
      }
      default -> {
        // Not a bracket.
      }
    }
  }

  private void add(Kind kind, String text, int end) {
    tokens.add(new Token(kind, text, line));
    advance(end);
  }
}
