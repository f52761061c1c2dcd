/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.Usage;
import java.util.function.Consumer;

/**
 * One answer, whole.
 *
 * @param text            what the model wrote
 * @param reason          why it ended
 * @param usage           what it used
 * @param firstTokenNanos time from the request to the first text; -1 when there was none
 * @param totalNanos      time from the request to the end
 */
record Answer(String text, FinishReason reason, Usage usage, long firstTokenNanos, long totalNanos) {

  /**
   * Pulls an answer to its end.
   *
   * @param startNanos when the request was made, as {@link System#nanoTime} counts
   * @param onText     takes each piece of text as it comes
   */
  static Answer pull(GenerationStream stream, long startNanos, Consumer<String> onText) {
    var text = new StringBuilder();
    long firstTokenNanos = -1;
    while (stream.hasNext()) {
      switch (stream.next()) {
        case GenerationEvent.PromptProgress progress -> {
          // An answer that has not begun shows nothing.
        }
        case GenerationEvent.TextDelta delta -> {
          if (firstTokenNanos < 0) {
            firstTokenNanos = System.nanoTime() - startNanos;
          }
          text.append(delta.text());
          onText.accept(delta.text());
        }
        case GenerationEvent.Finished finished -> {
          return new Answer(text.toString(), finished.reason(), finished.usage(), firstTokenNanos,
              System.nanoTime() - startNanos);
        }
      }
    }
    throw new IllegalStateException("the generation ended without saying why");
  }

  /** The line under the answer. */
  String statistics() {
    return StatisticsLine.of(reason, usage, firstTokenNanos, totalNanos);
  }
}
