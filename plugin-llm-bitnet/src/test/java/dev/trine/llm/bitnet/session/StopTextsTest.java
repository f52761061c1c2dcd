/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.session;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StopTextsTest {

  @Test
  void letsTextThroughAtOnceWhenThereIsNothingToFind() {
    var stops = new StopTexts(List.of());
    assertEquals("abc", stops.accept("abc"));
    assertEquals("", stops.flush());
  }

  @Test
  void cutsAtAStopTextThatIsSplitAcrossPieces() {
    var stops = new StopTexts(List.of("\nUser:"));
    assertEquals("Hi", stops.accept("Hi\nUs"));
    assertEquals("", stops.accept("er"));
    assertEquals("", stops.accept(": more"));
    assertTrue(stops.found());
    assertEquals("", stops.accept("and more"));
  }

  @Test
  void releasesTheBeginningOfAStopTextThatTurnsIntoSomethingElse() {
    var stops = new StopTexts(List.of("END"));
    assertEquals("a", stops.accept("aEN"));
    assertEquals("EN", stops.accept("EN"));
    assertEquals("ENx", stops.accept("x"));
    assertFalse(stops.found());
  }

  @Test
  void givesBackWhatIsHeldWhenTheTextEnds() {
    var stops = new StopTexts(List.of("END"));
    assertEquals("a", stops.accept("aEN"));
    assertEquals("EN", stops.flush());
  }

  @Test
  void cutsBeforeTheLongerOfTwoStopTextsThatEndTogether() {
    var stops = new StopTexts(List.of("c", "abc"));
    assertEquals("x", stops.accept("xabc"));
    assertTrue(stops.found());
  }

  @Test
  void stopsAtTheTextThatIsCompleteFirst() {
    var stops = new StopTexts(List.of("bcdef", "cd"));
    assertEquals("ab", stops.accept("abcdef"));
  }

  @Test
  void agreesWithASearchOfTheWholeTextHoweverItIsSplit() {
    var random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      String text = random.ints(30, 0, 2).collect(StringBuilder::new, (b, i) -> b.append((char) ('a' + i)),
          StringBuilder::append).toString();
      List<String> stops = List.of(text.substring(5, 5 + 1 + random.nextInt(6)), "abba".repeat(1 + random.nextInt(3)));
      var matcher = new StopTexts(stops);
      var shown = new StringBuilder();
      for (int at = 0; at < text.length();) {
        int end = Math.min(text.length(), at + 1 + random.nextInt(4));
        shown.append(matcher.accept(text.substring(at, end)));
        at = end;
      }
      shown.append(matcher.flush());
      assertEquals(expected(text, stops), shown.toString(), "round " + round + ", " + text + ", " + stops);
    }
  }

  private static String expected(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String prefix = text.substring(0, end);
      int longest = stops.stream().filter(prefix::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return prefix.substring(0, end - longest);
      }
    }
    return text;
  }
}
