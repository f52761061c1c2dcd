/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.TextGeneration;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

class HelloEchoContractTest extends TextGenerationContractTest {

  @TempDir
  private Path folder = Path.of("");

  @Override
  protected TextGeneration textGeneration() {
    return HelloExample.start(folder).ofType(TextGeneration.class).getFirst();
  }

  @Override
  protected LanguageModel open(LoadOptions options) {
    return textGeneration().openBuiltIn("hello-echo", options);
  }

  @Override
  protected List<Prompt> prompts() {
    var many = IntStream.range(0, 64).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    return List.of(message(many), message("a blue boat 🚤, a café and 日本語"), message(""));
  }

  private static Prompt message(String text) {
    return Prompt.Chat.of(List.of(new ChatMessage("user", text)));
  }

  @Override
  protected int requestsAtOnce() {
    return 0;
  }

  @Override
  protected boolean takesTokens() {
    return false;
  }
}
