/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/** A set of Unicode code points, such as a character class of a pattern. Membership of the first 256 is a table look-up. */
final class CodePointSet {
  private static final int LATIN = 256;

  /** The general categories; first, because the sets below need them. */
  private static final Map<String, Integer> CATEGORIES = Map.ofEntries(
      Map.entry("Lu", (int) Character.UPPERCASE_LETTER),
      Map.entry("Ll", (int) Character.LOWERCASE_LETTER), Map.entry("Lt", (int) Character.TITLECASE_LETTER),
      Map.entry("Lm", (int) Character.MODIFIER_LETTER), Map.entry("Lo", (int) Character.OTHER_LETTER),
      Map.entry("Mn", (int) Character.NON_SPACING_MARK), Map.entry("Mc", (int) Character.COMBINING_SPACING_MARK),
      Map.entry("Me", (int) Character.ENCLOSING_MARK), Map.entry("Nd", (int) Character.DECIMAL_DIGIT_NUMBER),
      Map.entry("Nl", (int) Character.LETTER_NUMBER), Map.entry("No", (int) Character.OTHER_NUMBER),
      Map.entry("Pc", (int) Character.CONNECTOR_PUNCTUATION), Map.entry("Pd", (int) Character.DASH_PUNCTUATION),
      Map.entry("Ps", (int) Character.START_PUNCTUATION), Map.entry("Pe", (int) Character.END_PUNCTUATION),
      Map.entry("Pi", (int) Character.INITIAL_QUOTE_PUNCTUATION),
      Map.entry("Pf", (int) Character.FINAL_QUOTE_PUNCTUATION),
      Map.entry("Po", (int) Character.OTHER_PUNCTUATION), Map.entry("Sm", (int) Character.MATH_SYMBOL),
      Map.entry("Sc", (int) Character.CURRENCY_SYMBOL), Map.entry("Sk", (int) Character.MODIFIER_SYMBOL),
      Map.entry("So", (int) Character.OTHER_SYMBOL), Map.entry("Zs", (int) Character.SPACE_SEPARATOR),
      Map.entry("Zl", (int) Character.LINE_SEPARATOR), Map.entry("Zp", (int) Character.PARAGRAPH_SEPARATOR),
      Map.entry("Cc", (int) Character.CONTROL), Map.entry("Cf", (int) Character.FORMAT),
      Map.entry("Cs", (int) Character.SURROGATE), Map.entry("Co", (int) Character.PRIVATE_USE),
      Map.entry("Cn", (int) Character.UNASSIGNED));

  /** Unicode White_Space, which is what the reference implementations match with {@code \s}. */
  static final CodePointSet WHITE_SPACE = of(CodePointSet::isWhiteSpace);
  /** {@code \w}: letters, marks, decimal digits and connector punctuation. */
  static final CodePointSet WORD = of(CodePointSet::isWord);
  static final CodePointSet DECIMAL_DIGIT = category("Nd").orElseThrow();
  static final CodePointSet NOT_LINE_FEED = of(codePoint -> codePoint != '\n');
  static final CodePointSet ANY = of(_ -> true);
  static final CodePointSet NUMBER = category("N").orElseThrow();
  /** General category P and the ASCII symbols. */
  static final CodePointSet PUNCTUATION = new Builder().add(category("P").orElseThrow())
      .add(CodePointSet.of("$+<=>^`|~"))
      .build(false, false);

  private final long[] latin = new long[LATIN / Long.SIZE];
  private final IntPredicate members;

  private CodePointSet(IntPredicate members) {
    this.members = members;
    for (int codePoint = 0; codePoint < LATIN; codePoint++) {
      if (members.test(codePoint)) {
        latin[codePoint >>> 6] |= 1L << codePoint;
      }
    }
  }

  static CodePointSet of(IntPredicate members) {
    return new CodePointSet(members);
  }

  static CodePointSet of(int codePoint) {
    return new CodePointSet(other -> other == codePoint);
  }

  private static CodePointSet of(String members) {
    return new CodePointSet(codePoint -> members.indexOf(codePoint) >= 0);
  }

  boolean contains(int codePoint) {
    return codePoint < LATIN ? (latin[codePoint >>> 6] >>> codePoint & 1) != 0 : members.test(codePoint);
  }

  CodePointSet complement() {
    return new CodePointSet(codePoint -> !contains(codePoint));
  }

  CodePointSet intersection(CodePointSet other) {
    return new CodePointSet(codePoint -> contains(codePoint) && other.contains(codePoint));
  }

  /** With every code point that differs from a member in case alone. */
  CodePointSet ignoringCase() {
    return new CodePointSet(codePoint -> {
      int upper = Character.toUpperCase(codePoint);
      return contains(codePoint) || contains(upper) || contains(Character.toLowerCase(codePoint))
          || contains(Character.toLowerCase(upper));
    });
  }

  /**
   * The set that {@code \p{name}} means: a general category, such as {@code L} or {@code Lu}, or a script, such as {@code Han}.
   *
   * @return empty when the name is not known
   */
  static Optional<CodePointSet> property(String name) {
    Optional<CodePointSet> category = category(name);
    if (category.isPresent()) {
      return category;
    }
    String script = name.toLowerCase(Locale.ROOT).replaceFirst("^(script=|sc=|is)", "");
    try {
      Character.UnicodeScript value = Character.UnicodeScript.forName(script);
      return Optional.of(of(codePoint -> Character.UnicodeScript.of(codePoint) == value));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static Optional<CodePointSet> category(String name) {
    int types = 0;
    for (Map.Entry<String, Integer> category : CATEGORIES.entrySet()) {
      if (category.getKey().equals(name) || (name.length() == 1 && category.getKey().startsWith(name))) {
        types |= 1 << category.getValue();
      }
    }
    int mask = types;
    return mask == 0
        ? Optional.empty()
        : Optional.of(of(codePoint -> (mask >>> Character.getType(codePoint) & 1) != 0));
  }

  static boolean isWhiteSpace(int codePoint) {
    return (codePoint >= 9 && codePoint <= 13) || codePoint == 0x85 || Character.isSpaceChar(codePoint);
  }

  static boolean isWord(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK,
          Character.DECIMAL_DIGIT_NUMBER, Character.CONNECTOR_PUNCTUATION ->
        true;
      default -> Character.isLetter(codePoint);
    };
  }

  /** Collects the items of a character class. */
  static final class Builder {
    private int[] ranges = new int[8];
    private int rangeCount;
    private final List<CodePointSet> sets = new ArrayList<>();

    Builder add(CodePointSet set) {
      sets.add(set);
      return this;
    }

    Builder addRange(int first, int last) {
      if (2 * rangeCount == ranges.length) {
        ranges = Arrays.copyOf(ranges, 4 * rangeCount);
      }
      ranges[2 * rangeCount] = first;
      ranges[2 * rangeCount + 1] = last;
      rangeCount++;
      return this;
    }

    CodePointSet build(boolean ignoreCase, boolean negated) {
      int[] bounds = Arrays.copyOf(ranges, 2 * rangeCount);
      CodePointSet[] parts = sets.toArray(CodePointSet[]::new);
      var all = new CodePointSet(codePoint -> {
        for (int i = 0; i < bounds.length; i += 2) {
          if (codePoint >= bounds[i] && codePoint <= bounds[i + 1]) {
            return true;
          }
        }
        for (CodePointSet part : parts) {
          if (part.contains(codePoint)) {
            return true;
          }
        }
        return false;
      });
      CodePointSet folded = ignoreCase ? all.ignoringCase() : all;
      return negated ? folded.complement() : folded;
    }
  }
}
