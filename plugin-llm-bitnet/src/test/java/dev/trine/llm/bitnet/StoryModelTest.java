/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

/** A real model by others: the 260,000-weight story model of llama2.c. */
class StoryModelTest {

  @ParameterizedTest
  @EnumSource(names = {"SCALAR", "VECTOR"})
  void writesAStory(KernelChoice.Preference kernel) {
    String data = System.getProperty("trine.data", "");
    assumeFalse(data.isEmpty(), "needs -Dtrine.data");
    Path path = Path.of(data, "stories260k", "stories260K.bin");
    try (var model = LoadedModel.open(path, KernelChoice.choose(kernel).kernels(), 2, LoadOptions.defaults(),
        (done, total) -> {})) {
      var request = GenerationRequest.builder(new Prompt.Text("Once upon a time"))
          .sampling(SamplingOptions.greedy()).maxTokens(120).build();
      var story = new StringBuilder();
      try (var stream = model.generate(request)) {
        stream.forEachRemaining(event -> {
          if (event instanceof GenerationEvent.TextDelta(String text)) {
            story.append(text);
          }
        });
      }
      // What llama2.c itself writes with temperature 0 begins so.
      assertTrue(
          story.toString().startsWith(", there was a little girl named Lily. She loved to play outside in the park."),
          story::toString);
      assertEquals(-1, story.indexOf("\uFFFD"));
    }
  }
}
