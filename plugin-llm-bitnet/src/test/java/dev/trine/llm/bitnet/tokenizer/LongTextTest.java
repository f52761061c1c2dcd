/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Texts of a million characters take neither quadratic time nor a deep stack. */
class LongTextTest {
  private static final int LENGTH = 1 << 20;

  static final List<String> FAMILIES = List.of("qwen2", "o200k", "falcon", "added-flags", "llama2");

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void encodesAMillionEqualCharacters(String family) throws InterruptedException {
    Tokenizer tokenizer = TestTokenizers.golden(family);
    var failures = new ArrayList<Throwable>();
    // A thread with a stack too small for recursion on the text.
    Thread thread = new Thread(null, () -> {
      for (String unit : List.of(" ", "a", "\n", "e\u0316\u0301\u0316\u0301")) {
        String text = unit.repeat(LENGTH / unit.length());
        int[] ids = tokenizer.encode(text, true);
        if (!unit.startsWith("e")) {
          String decoded = tokenizer.decode(ids, false);
          // Prefix spaces come and go; no other character may.
          assertTrue(Math.abs(decoded.length() - text.length()) <= 1);
          assertEquals(text.substring(2), decoded.substring(decoded.length() - text.length() + 2));
        }
      }
    }, "small stack", 192 << 10);
    thread.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
    thread.start();
    thread.join();
    assertEquals(List.of(), failures);
  }

  @Test
  void mergesInAlmostLinearTime() {
    // a a -> b, b b -> c, ...: every level of merges there can be.
    var merges = new LongTable();
    var symbols = new HashMap<Integer, Integer>();
    symbols.put((int) 'a', 0);
    for (int level = 0; level < 30; level++) {
      merges.put(LongTable.key(level, level), LongTable.key(level, level + 1));
    }
    var encoder = new BytePairEncoder(31, symbols, merges, null, null, BytePairEncoder.NO_TOKEN, false);
    var ids = new TokenIds();
    long examined = encoder.encodeUncached("a".repeat(LENGTH), ids);
    assertEquals(List.of(20), Arrays.stream(ids.toArray()).boxed().toList());
    assertTrue(examined < 4L * LENGTH, () -> examined + " merges examined");
  }

  @Test
  void matchesOverlappingAddedTokensInBoundedTime() {
    var matcher = new AddedTokenMatcher();
    for (int length = 2; length <= AddedTokenMatcher.LONGEST_CONTENT; length += 2) {
      matcher.add("a".repeat(length - 1) + "b", AddedToken.plain(length, "x", true));
    }
    var tokens = new ArrayList<Integer>();
    matcher.split("a".repeat(50_000) + "b", TrustMap.ALL, new AddedTokenMatcher.PartConsumer() {
      @Override
      public void text(int start, int end) {
        assertEquals(0, start);
      }

      @Override
      public void token(int id) {
        tokens.add(id);
      }
    });
    assertEquals(Set.of(AddedTokenMatcher.LONGEST_CONTENT), Set.copyOf(tokens));
  }
}
