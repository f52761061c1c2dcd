/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.text.Normalizer;
import java.util.List;

/** One step of normalisation: text to text, before tokens are looked for. */
sealed interface TextNormalizer {

  /** The normalised text of a stretch between added tokens. */
  String apply(String text);

  /** A text and what is trusted in it. */
  record Result(String text, TrustMap trust) {}

  /**
   * Applies steps in order. The trust of a character is carried along where a step treats the stretches of equal trust independently;
   * where it does not, nothing stays trusted.
   */
  static Result applyAll(List<TextNormalizer> steps, String text, TrustMap trust) {
    long longest = 64L * text.length() + 65_536;
    String current = text;
    TrustMap currentTrust = trust;
    for (TextNormalizer step : steps) {
      String next = step.apply(current);
      if (next.length() > longest) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "the tokenizer's normalizer makes %d characters of %d".formatted(next.length(), text.length()));
      }
      currentTrust = step.carry(current, next, currentTrust);
      current = next;
    }
    return new Result(current, currentTrust);
  }

  private TrustMap carry(String before, String after, TrustMap trust) {
    if (trust.isUniform()) {
      return trust;
    }
    var map = new TrustMap.Builder();
    int position = 0;
    if (this instanceof Prepend(String prefix)) {
      map.append(prefix.length(), true);
      position = prefix.length();
    }
    int start = 0;
    for (int end : trust.runEnds(before.length())) {
      String run = before.substring(start, end);
      String normalized = this instanceof Prepend ? run : apply(run);
      if (!after.startsWith(normalized, position)) {
        return TrustMap.NONE;
      }
      map.append(normalized.length(), trust.isTrusted(start, end));
      position += normalized.length();
      start = end;
    }
    return position == after.length() ? map.build() : TrustMap.NONE;
  }

  /** Puts a prefix before a text that is not empty. */
  record Prepend(String prefix) implements TextNormalizer {
    @Override
    public String apply(String text) {
      return text.isEmpty() ? text : prefix + text;
    }
  }

  /** Replaces every match of a pattern. */
  record Replace(TokenPattern pattern, String content) implements TextNormalizer {
    @Override
    public String apply(String text) {
      var replaced = new StringBuilder();
      int[] copied = {0};
      long longest = 64L * text.length() + 65_536;
      pattern.forEachMatch(text, (start, end) -> {
        replaced.append(text, copied[0], start).append(content);
        copied[0] = end;
        if (replaced.length() > longest) {
          throw new PlatformException(StandardErrorCode.MODEL_INVALID,
              "the tokenizer's normalizer makes over %d characters of %d".formatted(longest, text.length()));
        }
      });
      return copied[0] == 0 ? text : replaced.append(text, copied[0], text.length()).toString();
    }
  }

  /** A Unicode normalisation form. */
  record UnicodeForm(Normalizer.Form form) implements TextNormalizer {
    /**
     * The JDK sorts a run of combining marks by insertion, in time quadratic in its length. No script stacks anywhere near this many,
     * so that splitting longer runs changes no real text.
     */
    private static final int LONGEST_MARK_RUN = 512;

    @Override
    public String apply(String text) {
      var normalized = new StringBuilder(text.length() + 16);
      int start = 0;
      int marks = 0;
      for (int i = 0; i < text.length();) {
        int codePoint = text.codePointAt(i);
        i += Character.charCount(codePoint);
        marks = isMark(codePoint) ? marks + 1 : 0;
        if (marks == LONGEST_MARK_RUN) {
          normalized.append(Normalizer.normalize(text.substring(start, i), form));
          start = i;
          marks = 0;
        }
      }
      return normalized.append(Normalizer.normalize(text.substring(start), form)).toString();
    }

    private static boolean isMark(int codePoint) {
      int type = Character.getType(codePoint);
      return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK
          || type == Character.ENCLOSING_MARK;
    }
  }

  /** Lower case, code point by code point. */
  record Lowercase() implements TextNormalizer {
    private static final int CAPITAL_I_WITH_DOT = 0x130;

    @Override
    public String apply(String text) {
      var lower = new StringBuilder(text.length());
      text.codePoints().forEach(codePoint -> {
        lower.appendCodePoint(Character.toLowerCase(codePoint));
        if (codePoint == CAPITAL_I_WITH_DOT) {
          // The one lower case of two code points: i and a combining dot.
          lower.append('\u0307');
        }
      });
      return lower.toString();
    }
  }

  /** Removes non-spacing marks. */
  record StripAccents() implements TextNormalizer {
    @Override
    public String apply(String text) {
      var stripped = new StringBuilder(text.length());
      text.codePoints().filter(codePoint -> Character.getType(codePoint) != Character.NON_SPACING_MARK)
          .forEach(stripped::appendCodePoint);
      return stripped.toString();
    }
  }

  /** Removes white space at the ends. */
  record Strip(boolean left, boolean right) implements TextNormalizer {
    @Override
    public String apply(String text) {
      int start = 0;
      int end = text.length();
      while (left && start < end && CodePointSet.isWhiteSpace(text.charAt(start))) {
        start++;
      }
      while (right && end > start && CodePointSet.isWhiteSpace(text.charAt(end - 1))) {
        end--;
      }
      return text.substring(start, end);
    }
  }
}
