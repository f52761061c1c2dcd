/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.Usage;
import dev.trine.app.http.generation.Generation;

/** A whole answer. */
record GeneratedText(String text, FinishReason reason, Usage usage) {

  /** Waits for the end of a generation. */
  static GeneratedText of(Generation generation) {
    var text = new StringBuilder();
    while (true) {
      switch (generation.next()) {
        case GenerationEvent.PromptProgress progress -> {
          // Nothing to show in a whole answer.
        }
        case GenerationEvent.TextDelta delta -> text.append(delta.text());
        case GenerationEvent.Finished finished -> {
          return new GeneratedText(text.toString(), finished.reason(), finished.usage());
        }
      }
    }
  }
}
