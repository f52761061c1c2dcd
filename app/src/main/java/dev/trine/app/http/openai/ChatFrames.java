/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.GenerationEvent;
import dev.trine.app.http.generation.Generation;
import io.micronaut.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The chunks of a streamed chat completion: the role, the text, the reason it ended, the usage if asked for. */
final class ChatFrames extends JsonFrames {

  private final Generation generation;
  private final CompletionIdentity identity;
  private final boolean includeUsage;

  ChatFrames(JsonMapper json, Generation generation, CompletionIdentity identity, boolean includeUsage) {
    super(json);
    this.generation = generation;
    this.identity = identity;
    this.includeUsage = includeUsage;
    Map<String, @Nullable Object> opening = new LinkedHashMap<>();
    opening.put("role", "assistant");
    opening.put("content", null);
    add(ChatCompletion.chunk(identity, opening, null, null));
  }

  @Override
  void advance() {
    switch (generation.next()) {
      case GenerationEvent.PromptProgress progress -> {
        // Silence is filled by the stream's own comments.
      }
      case GenerationEvent.TextDelta delta -> add(
          ChatCompletion.chunk(identity, Map.of("content", delta.text()), null, null));
      case GenerationEvent.Finished finished -> {
        Timings timings = Timings.of(finished.usage());
        String reason = FinishReasons.name(finished.reason());
        add(ChatCompletion.chunk(identity, Map.of(), reason, includeUsage ? null : timings));
        if (includeUsage) {
          add(ChatCompletion.usageChunk(identity, CompletionUsage.of(finished.usage()), timings));
        }
        end();
      }
    }
  }

  @Override
  public void cancel() {
    generation.cancel();
  }

  @Override
  public void close() {
    generation.close();
  }
}
