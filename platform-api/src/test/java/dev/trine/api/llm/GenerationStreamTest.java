/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

class GenerationStreamTest {

  @Test
  void givesTheTextsAndStops() {
    assertEquals(List.of("a", "b", "STOP after 3"),
        events(GenerationStream.of(5, List.of("a", "", "b").iterator(), -1)));
  }

  @Test
  void endsAtTheLimitWhenThereIsMore() {
    assertEquals(List.of("a", "LENGTH after 1"), events(GenerationStream.of(5, List.of("a", "b").iterator(), 1)));
    assertEquals(List.of("LENGTH after 0"), events(GenerationStream.of(5, List.of("a", "b").iterator(), 0)));
    assertEquals(List.of("a", "b", "STOP after 2"), events(GenerationStream.of(5, List.of("a", "b").iterator(), 2)));
  }

  @Test
  void endsOnceCancelled() {
    var stream = GenerationStream.of(5, List.of("a", "b").iterator(), -1);
    stream.next();
    stream.cancel();
    assertEquals(List.of("CANCELLED after 1"), events(stream));
  }

  @Test
  void countsThePromptAndGivesNothingAfterTheEnd() {
    try (var stream = GenerationStream.of(5, List.<String>of().iterator(), -1)) {
      var finished = assertInstanceOf(GenerationEvent.Finished.class, stream.next());
      assertEquals(5, finished.usage().promptTokens());
      assertFalse(stream.hasNext());
      assertThrows(NoSuchElementException.class, stream::next);
    }
  }

  private static List<String> events(GenerationStream stream) {
    var events = new ArrayList<String>();
    try (stream) {
      while (stream.hasNext()) {
        events.add(switch (stream.next()) {
          case GenerationEvent.TextDelta(String text) -> text;
          case GenerationEvent.Finished(FinishReason reason, Usage usage) ->
            reason + " after " + usage.completionTokens();
          case GenerationEvent.PromptProgress progress -> progress.toString();
        });
      }
    }
    return events;
  }
}
