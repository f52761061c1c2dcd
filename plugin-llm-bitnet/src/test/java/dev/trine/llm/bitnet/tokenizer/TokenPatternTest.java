/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.StandardErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TokenPatternTest {
  private static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
      + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  @ParameterizedTest
  @CsvSource(delimiter = ' ', value = {"a+ caaab aaa", "a+? aa a|a", "a*b aabb aab|b", "(ab|a)(c|bcd) abcd abc",
      "(?>a|ab)c abcac ac", "a++a aaaa ''", "a{2} aaaaa aa|aa", "a{,2}b aaab aab", "a{2,} aaaa aaaa", "a{x a{x a{x",
      "(?i:straSSe) STRASSE STRASSE", "x(?=y) xyxz x", "x(?!y) xyxz x", "(?<=y)x xyx x", "(?<!y)x xyx x",
      "[^a-c]+ abcdef def", "[a-z&&[^m-p]]+ klmnopqr kl|qr", "[\\d[x-z]]+ a1x2z 1x2z", "[]a]+ ]a] ]a]",
      "[a\\-z]+ a-zb a-z", "\\p{Lu}\\p{^Lu} AbC Ab", "\\P{L}+ ab12 12", "\\p{Han}+ a\u4f60\u597db \u4f60\u597d",
      "\\x41\\u0042\\x{43} ABC ABC", "\\bb\\w+ ab-bc bc", "\\Bb+ ab-b b", "(a|b)*?c abac abac",
      "(?:ab){2,3} abababab ababab",
      "a|b| cab a|b"})
  void findsWhatOnigurumaFinds(String pattern, String text, String expected) {
    assertEquals(expected, String.join("|", matches(pattern, text)));
  }

  @Test
  void treatsUnicodeAsOnigurumaDoes() {
    assertEquals(List.of("\u0085\u00A0\u2003\u2028\u3000"), matches("\\s+", "a\u0085\u00A0\u2003\u2028\u3000b\u200Bc"));
    assertEquals(List.of("'\u017F", "'S"), matches("(?i:'s)", "'\u017F'S"));
    assertEquals(List.of("\uD83D\uDE42", "\n"), matches(".|\\n", "\uD83D\uDE42\n"));
    assertEquals(List.of("\u0661\u0662"), matches("\\d+", "\u0661\u0662\u2167"));
    assertEquals(List.of("e\u0301_1"), matches("\\w+", "-e\u0301_1-"));
    assertEquals(List.of("a", "b"), matches("^\\w", "a\nb"));
    assertEquals(List.of("a", "b"), matches("\\w$", "a\nb"));
    assertEquals(List.of("a"), matches("\\A\\w", "a\nb"));
    assertEquals(List.of("b"), matches("\\w\\z", "a\nb"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a)\\1", "(?<name>a)", "(?<=ab)c", "\\X", "\\R", "\\G", "[[:alpha:]]", "\\p{Nonsense}",
      "(a*)*",
      "(a|b*)+", "a{2000}", "(?x: a)", "a**+?+*", "[a-\\d]"})
  void refusesWhatItDoesNotRead(String pattern) {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_UNSUPPORTED,
        () -> TokenPattern.compile(pattern, "f.json: field"),
        "f.json: field", "unsupported", pattern);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a", "a)", "[a", "*a", "\\", "[z-a]", "a{3,2}", "\\x{110000}", "\\x{}", "\\u12", "\\p{L"})
  void refusesBrokenPatterns(String pattern) {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> TokenPattern.compile(pattern, "f.json: field"),
        "f.json: field", pattern);
  }

  @Test
  void refusesPatternsOfAbsurdSize() {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_UNSUPPORTED,
        () -> TokenPattern.compile("(".repeat(5_000) + ")".repeat(5_000), "f"), "nested");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_UNSUPPORTED,
        () -> TokenPattern.compile("[".repeat(5_000) + "a" + "]".repeat(5_000), "f"), "nested");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID,
        () -> TokenPattern.compile("((ab){1000}){1000}", "f"), "instructions");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> TokenPattern.compile("a".repeat(20_000), "f"),
        "20000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a+)+b", "(a|aa)+b", "(.*?,){11}P", "a*a*a*a*a*b", "((a|b)+c?)+d", "(?=(a+)+b)a"})
  void givesUpOnPatternsThatExplode(String pattern) {
    TokenPattern compiled = TokenPattern.compile(pattern, "f.json: pre_tokenizer");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID,
        () -> compiled.forEachMatch("a,".repeat(20) + "a".repeat(5_000), (_, _) -> {}), "f.json: pre_tokenizer",
        "too much time");
  }

  @Test
  void boundsItsStack() {
    TokenPattern compiled = TokenPattern.compile("(ab|cd)+", "f");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID,
        () -> compiled.forEachMatch("ab".repeat(2_000_000), (_, _) -> {}), "too much memory");
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "a", "A", "1", "!", "\n", " \n", "\u00A0 ", "'s", "' ", "\u0301", "\u4f60", "aB",
      "\uD83D\uDE42"})
  void needsStepsInProportionToTheText(String unit) {
    TokenPattern pattern = TokenPattern.compile(QWEN2, "f");
    String text = unit.repeat(100_000) + "x";
    long steps = pattern.forEachMatch(text, (_, _) -> {});
    assertTrue(steps < 60L * text.length(), () -> steps + " steps");
  }

  private static List<String> matches(String pattern, String text) {
    var matches = new ArrayList<String>();
    TokenPattern.compile(pattern, "test").forEachMatch(text, (start, end) -> {
      if (end > start) {
        matches.add(text.substring(start, end));
      }
    });
    return matches;
  }
}
