/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the regular expressions that tokenizers use, in Oniguruma's syntax as Hugging Face's tokenizers read it: literals, classes with
 * nesting and intersection, {@code \p{...}}, groups, {@code (?i:...)}, greedy, lazy and possessive repetition, atomic groups, look-ahead,
 * look-behind of one code point and anchors. Back-references and other constructs are refused by name.
 */
final class PatternParser {
  private static final int LONGEST_PATTERN = 16_384;
  private static final int DEEPEST_NESTING = 40;
  private static final int MOST_STACKED_QUANTIFIERS = 3;
  private static final int HIGHEST_COUNT = 1_000;
  private static final int END = -1;

  private final String pattern;
  private final String place;
  private int position;
  private int depth;
  private boolean ignoreCase;
  private boolean dotMatchesLineFeed;

  private PatternParser(String pattern, String place) {
    this.pattern = pattern;
    this.place = place;
  }

  /**
   * Parses a pattern.
   *
   * @param place file and field, for messages
   * @throws PlatformException with {@code MODEL_UNSUPPORTED} for a construct that is not read, {@code MODEL_INVALID} for a broken pattern
   */
  static PatternNode parse(String pattern, String place) {
    if (pattern.length() > LONGEST_PATTERN) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID,
          "%s: pattern of %d characters; at most %d are read".formatted(place, pattern.length(), LONGEST_PATTERN));
    }
    var parser = new PatternParser(pattern, place);
    PatternNode node = parser.alternation();
    if (parser.position < pattern.length()) {
      throw parser.invalid("unmatched ')'");
    }
    return node;
  }

  private PatternNode alternation() {
    if (++depth > DEEPEST_NESTING) {
      throw unsupported("groups nested deeper than " + DEEPEST_NESTING);
    }
    var branches = new ArrayList<PatternNode>();
    do {
      branches.add(concatenation());
    } while (accept('|'));
    depth--;
    return branches.size() == 1 ? branches.getFirst() : new PatternNode.Alternation(List.copyOf(branches));
  }

  private PatternNode concatenation() {
    var parts = new ArrayList<PatternNode>();
    while (peek() != END && peek() != '|' && peek() != ')') {
      parts.add(quantified());
    }
    return parts.size() == 1 ? parts.getFirst() : new PatternNode.Concatenation(List.copyOf(parts));
  }

  private PatternNode quantified() {
    PatternNode node = atom();
    for (int stacked = 0;; stacked++) {
      int start = position;
      int minimum;
      int maximum;
      boolean counted = false;
      if (accept('*')) {
        minimum = 0;
        maximum = -1;
      } else if (accept('+')) {
        minimum = 1;
        maximum = -1;
      } else if (accept('?')) {
        minimum = 0;
        maximum = 1;
      } else if (peek() == '{') {
        int[] counts = counts();
        if (counts.length == 0) {
          return node;
        }
        minimum = counts[0];
        maximum = counts[1];
        counted = true;
      } else {
        return node;
      }
      if (stacked == MOST_STACKED_QUANTIFIERS) {
        position = start;
        throw unsupported("more than " + MOST_STACKED_QUANTIFIERS + " repetitions of one item");
      }
      // After a counted repetition a plus sign is a repetition of its own, not a mark of possession.
      PatternNode.Mode mode = accept('?')
          ? PatternNode.Mode.LAZY
          : !counted && accept('+') ? PatternNode.Mode.POSSESSIVE : PatternNode.Mode.GREEDY;
      if (maximum != 0 && maximum != 1 && PatternNode.matchesEmpty(node)) {
        position = start;
        throw unsupported("repetition of an item that can be empty");
      }
      node = new PatternNode.Repetition(node, minimum, maximum, mode);
    }
  }

  /** The counts of {n}, {n,}, {,m} or {n,m}; an empty array when the brace is a literal. */
  private int[] counts() {
    int close = pattern.indexOf('}', position);
    String inside = close < 0 ? "" : pattern.substring(position + 1, close);
    if (!inside.matches("[0-9]{1,6}(,[0-9]{0,6})?|,[0-9]{1,6}")) {
      return new int[0];
    }
    int comma = inside.indexOf(',');
    int minimum = comma == 0 ? 0 : Integer.parseInt(comma < 0 ? inside : inside.substring(0, comma));
    int maximum = comma < 0
        ? minimum
        : comma == inside.length() - 1 ? -1 : Integer.parseInt(inside.substring(comma + 1));
    if (minimum > HIGHEST_COUNT || maximum > HIGHEST_COUNT) {
      throw unsupported("counts over " + HIGHEST_COUNT);
    }
    if (maximum >= 0 && maximum < minimum) {
      throw invalid("repetition from " + minimum + " to " + maximum);
    }
    position = close + 1;
    return new int[]{minimum, maximum};
  }

  private PatternNode atom() {
    int codePoint = take();
    return switch (codePoint) {
      case '(' -> group();
      case '[' -> new PatternNode.One(characterClass());
      case '.' -> new PatternNode.One(dotMatchesLineFeed ? CodePointSet.ANY : CodePointSet.NOT_LINE_FEED);
      case '^' -> new PatternNode.Position(PatternNode.Anchor.LINE_START);
      case '$' -> new PatternNode.Position(PatternNode.Anchor.LINE_END);
      case '\\' -> escapeOutsideClass();
      case '*', '+', '?' -> throw invalid("nothing to repeat");
      default -> literal(codePoint);
    };
  }

  private PatternNode literal(int codePoint) {
    CodePointSet set = CodePointSet.of(codePoint);
    return new PatternNode.One(ignoreCase ? set.ignoringCase() : set);
  }

  private PatternNode group() {
    boolean outerIgnoreCase = ignoreCase;
    boolean outerDot = dotMatchesLineFeed;
    PatternNode node;
    if (!accept('?')) {
      node = alternation();
    } else if (accept(':')) {
      node = alternation();
    } else if (accept('>')) {
      node = new PatternNode.Atomic(alternation());
    } else if (accept('=')) {
      node = new PatternNode.LookAhead(alternation(), false);
    } else if (accept('!')) {
      node = new PatternNode.LookAhead(alternation(), true);
    } else if (accept('<')) {
      boolean negative = accept('!');
      if (!negative && !accept('=')) {
        throw unsupported("named groups");
      }
      if (!(alternation() instanceof PatternNode.One(CodePointSet set))) {
        throw unsupported("look-behind of more than one character");
      }
      node = new PatternNode.LookBehind(set, negative);
    } else {
      if (!flags()) {
        // (?i) without a colon holds to the end of the group around it.
        return new PatternNode.Concatenation(List.of());
      }
      node = alternation();
    }
    if (!accept(')')) {
      throw invalid("group without ')'");
    }
    ignoreCase = outerIgnoreCase;
    dotMatchesLineFeed = outerDot;
    return node;
  }

  /** Reads flags up to the colon or the closing parenthesis; true after a colon. */
  private boolean flags() {
    boolean on = true;
    for (;;) {
      int flag = take();
      switch (flag) {
        case 'i' -> ignoreCase = on;
        case 's' -> dotMatchesLineFeed = on;
        case '-' -> on = false;
        case ':' -> {
          return true;
        }
        case ')' -> {
          return false;
        }
        default -> throw unsupported("flag or group '(?" + Character.toString(flag) + "'");
      }
    }
  }

  private PatternNode escapeOutsideClass() {
    switch (peek()) {
      case 'b' -> {
        return anchor(PatternNode.Anchor.WORD_BOUNDARY);
      }
      case 'B' -> {
        return anchor(PatternNode.Anchor.NO_WORD_BOUNDARY);
      }
      case 'A' -> {
        return anchor(PatternNode.Anchor.TEXT_START);
      }
      case 'z' -> {
        return anchor(PatternNode.Anchor.TEXT_END);
      }
      default -> {
        CodePointSet shorthand = shorthand();
        return shorthand == null ? literal(escapedCodePoint()) : new PatternNode.One(shorthand);
      }
    }
  }

  private PatternNode anchor(PatternNode.Anchor anchor) {
    position++;
    return new PatternNode.Position(anchor);
  }

  /** The set of an escape such as \s or \p{L} after its backslash; null when it stands for one code point. */
  private @Nullable CodePointSet shorthand() {
    int letter = peek();
    CodePointSet set = switch (letter) {
      case 's', 'S' -> CodePointSet.WHITE_SPACE;
      case 'd', 'D' -> CodePointSet.DECIMAL_DIGIT;
      case 'w', 'W' -> CodePointSet.WORD;
      case 'p', 'P' -> {
        position++;
        CodePointSet property = property();
        position--;
        yield property;
      }
      default -> null;
    };
    if (set == null) {
      return null;
    }
    position++;
    return Character.isUpperCase(letter) ? set.complement() : set;
  }

  private CodePointSet property() {
    String name;
    if (accept('{')) {
      int close = pattern.indexOf('}', position);
      if (close < 0) {
        throw invalid("\\p{ without '}'");
      }
      name = pattern.substring(position, close);
      position = close + 1;
    } else {
      name = Character.toString(take());
    }
    boolean negated = name.startsWith("^");
    CodePointSet set = CodePointSet.property(negated ? name.substring(1) : name)
        .orElseThrow(() -> unsupported("property '" + name + "'"));
    return negated ? set.complement() : set;
  }

  private int escapedCodePoint() {
    int escaped = take();
    return switch (escaped) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'v' -> 0x0B;
      case 'a' -> 0x07;
      case 'e' -> 0x1B;
      case '0' -> 0;
      case 'u' -> hexadecimal(4);
      case 'x' -> accept('{') ? hexadecimalToBrace() : hexadecimal(2);
      default -> {
        if (escaped < 128 && Character.isLetterOrDigit(escaped)) {
          throw unsupported("escape '\\" + Character.toString(escaped) + "'");
        }
        yield escaped;
      }
    };
  }

  private int hexadecimalToBrace() {
    int close = pattern.indexOf('}', position);
    int digits = close - position;
    if (digits < 1 || digits > 6) {
      throw invalid("\\x{ without one to six digits and '}'");
    }
    int value = hexadecimal(digits);
    position++;
    return value;
  }

  private int hexadecimal(int digits) {
    int end = position + digits;
    if (end > pattern.length() || !pattern.substring(position, end).matches("[0-9A-Fa-f]+")) {
      throw invalid("escape without " + digits + " hexadecimal digits");
    }
    int value = Integer.parseInt(pattern, position, end, 16);
    if (!Character.isValidCodePoint(value)) {
      throw invalid("escape of U+" + Integer.toHexString(value));
    }
    position = end;
    return value;
  }

  /** A class after its opening bracket. */
  private CodePointSet characterClass() {
    if (++depth > DEEPEST_NESTING) {
      throw unsupported("classes nested deeper than " + DEEPEST_NESTING);
    }
    boolean negated = accept('^');
    var builder = new CodePointSet.Builder();
    CodePointSet intersection = null;
    boolean first = true;
    while (first || peek() != ']') {
      if (pattern.startsWith("&&", position)) {
        position += 2;
        CodePointSet part = builder.build(false, false);
        intersection = intersection == null ? part : intersection.intersection(part);
        builder = new CodePointSet.Builder();
        continue;
      }
      classItem(builder);
      first = false;
    }
    position++;
    depth--;
    CodePointSet last = builder.build(false, false);
    CodePointSet all = intersection == null ? last : intersection.intersection(last);
    CodePointSet folded = ignoreCase ? all.ignoringCase() : all;
    return negated ? folded.complement() : folded;
  }

  private void classItem(CodePointSet.Builder builder) {
    int codePoint = take();
    if (codePoint == '[') {
      if (peek() == ':') {
        throw unsupported("POSIX bracket");
      }
      builder.add(characterClass());
      return;
    }
    if (codePoint == '\\') {
      CodePointSet shorthand = shorthand();
      if (shorthand != null) {
        builder.add(shorthand);
        return;
      }
      codePoint = peek() == 'b' ? backspace() : escapedCodePoint();
    }
    int last = codePoint;
    boolean range = peek() == '-' && position + 1 < pattern.length() && pattern.charAt(position + 1) != ']'
        && !pattern.startsWith("-&&", position) && pattern.charAt(position + 1) != '[';
    if (range) {
      position++;
      last = take();
      if (last == '\\') {
        last = "sSdDwWpP".indexOf(peek()) >= 0 ? END : escapedCodePoint();
      }
      if (last == END) {
        throw unsupported("range that ends in a class");
      }
      if (last < codePoint) {
        throw invalid("range from " + Character.toString(codePoint) + " to " + Character.toString(last));
      }
    }
    builder.addRange(codePoint, last);
  }

  private int backspace() {
    position++;
    return '\b';
  }

  private int peek() {
    return position < pattern.length() ? pattern.codePointAt(position) : END;
  }

  private int take() {
    int codePoint = peek();
    if (codePoint == END) {
      throw invalid("unexpected end");
    }
    position += Character.charCount(codePoint);
    return codePoint;
  }

  private boolean accept(char expected) {
    if (peek() == expected) {
      position++;
      return true;
    }
    return false;
  }

  private PlatformException invalid(String what) {
    return error(StandardErrorCode.MODEL_INVALID, what);
  }

  private PlatformException unsupported(String what) {
    return error(StandardErrorCode.MODEL_UNSUPPORTED, "unsupported " + what);
  }

  private PlatformException error(StandardErrorCode code, String what) {
    return new PlatformException(code,
        "%s: pattern %s at character %d: %s".formatted(place, Quoted.of(pattern), position, what));
  }
}
