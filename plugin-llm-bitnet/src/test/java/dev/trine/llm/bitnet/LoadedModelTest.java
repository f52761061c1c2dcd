/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The whole engine on the demo model: what its parts do together. */
class LoadedModelTest {

  private static final Prompt STORY = chat("Tell me a story.");
  private static LanguageModel model = closedModel();

  @TempDir
  Path temporary;

  private static LanguageModel closedModel() {
    LanguageModel closed = DemoModel.open(KernelChoice.Preference.AUTO, 1, LoadOptions.defaults());
    closed.close();
    return closed;
  }

  @BeforeAll
  static void open() {
    model = DemoModel.open(KernelChoice.Preference.AUTO, 2, LoadOptions.defaults());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prompt chat(String text) {
    return Prompt.Chat.of(List.of(new ChatMessage("user", text)));
  }

  @Test
  void saysWhatATokenReadsFromMemory() {
    var traffic = model.memoryTraffic();
    long ternaryBits = 2 * model.description().parameterCount();
    assertTrue(traffic.weightBytesPerToken() > ternaryBits / 16, traffic.toString());
    assertTrue(traffic.weightBytesPerToken() < 2 * model.description().sizeBytes(), traffic.toString());
    assertTrue(traffic.kvBytesPerPosition() > 0, traffic.toString());
    assertEquals(traffic.weightBytesPerToken() + 10 * traffic.kvBytesPerPosition(), traffic.bytesPerToken(10));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15})
  void opensWithTheSmallestContexts(int contextLength) {
    try (var small = DemoModel.open(KernelChoice.Preference.AUTO, 1, new LoadOptions(contextLength, 0))) {
      small.warmUp();
      if (contextLength > 1) {
        var request = GenerationRequest.builder(new Prompt.Tokens(List.of(300))).maxTokens(1).ignoreEnd(true).build();
        assertEquals(1, generate(small, request).finished().usage().completionTokens());
      }
    }
  }

  private record Result(String text, GenerationEvent.Finished finished, int processed) {}

  private static Result generate(LanguageModel from, GenerationRequest request) {
    var text = new StringBuilder();
    int processed = 0;
    try (var stream = from.generate(request)) {
      while (stream.hasNext()) {
        switch (stream.next()) {
          case GenerationEvent.TextDelta(String delta) -> text.append(delta);
          case GenerationEvent.PromptProgress progress -> processed = progress.processedTokens();
          case GenerationEvent.Finished finished -> {
            return new Result(text.toString(), finished, processed);
          }
        }
      }
    }
    throw new AssertionError("no Finished event");
  }

  private static SamplingOptions.Builder greedy() {
    return SamplingOptions.builder().temperature(0.0);
  }

  private static Result generate(Prompt prompt, SamplingOptions sampling, int maxTokens) {
    return generate(model, GenerationRequest.builder(prompt).sampling(sampling).maxTokens(maxTokens).build());
  }

  private static int count(String text, String word) {
    return text.split(word, -1).length - 1;
  }

  @Test
  void penaltiesCountTokensOfThePrompt() {
    // The answer repeats the question's number, unless what was seen is forbidden.
    Prompt question = chat("What is 17 plus 5?");
    assertEquals("1", generate(question, greedy().build(), 1).text());
    assertNotEquals("1", generate(question, greedy().presencePenalty(1000.0).build(), 1).text());
  }

  @Test
  void penaltiesCountTokensThatWereGenerated() {
    String plain = generate(STORY, greedy().build(), 60).text();
    String penalised = generate(STORY, greedy().presencePenalty(1000.0).penaltyLookback(-1).build(), 60).text();
    assertTrue(count(plain, "Ivan") > 1, plain);
    assertTrue(count(penalised, "Ivan") <= 1, penalised);
  }

  @Test
  void aRepeatedPromptIsCachedButForItsLastToken() {
    generate(STORY, greedy().build(), 5);
    var usage = generate(STORY, greedy().build(), 5).finished().usage();
    assertEquals(usage.promptTokens() - 1, usage.cachedTokens());
    var other = generate(chat("What is the capital of Italy?"), greedy().build(), 5).finished().usage();
    assertTrue(other.cachedTokens() < other.promptTokens() - 1, other::toString);
  }

  @Test
  void aCancelledPromptIsNotEvaluatedToItsEnd() {
    var tokens = new ArrayList<>(Collections.nCopies(1900, 300));
    try (var stream = model.generate(GenerationRequest.builder(new Prompt.Tokens(tokens)).maxTokens(1).build())) {
      stream.cancel();
      int processed = 0;
      while (stream.hasNext()) {
        switch (stream.next()) {
          case GenerationEvent.PromptProgress progress -> processed = progress.processedTokens();
          case GenerationEvent.TextDelta delta -> throw new AssertionError("text after the cancellation: " + delta);
          case GenerationEvent.Finished finished -> assertEquals(FinishReason.CANCELLED, finished.reason());
        }
      }
      assertTrue(processed < 1900, "all of the prompt was evaluated");
    }
  }

  @Test
  void samplesAsTheAuthorsRecommendWhereARequestDoesNotSay() throws IOException {
    Path copy = copyOfDemo();
    Files.writeString(copy.resolve("generation_config.json"), "{\"eos_token_id\": [2, 0], \"temperature\": 0.0}");
    String expected = generate(STORY, greedy().build(), 40).text();
    try (var deterministic = LoadedModel.open(copy, KernelChoice.choose(KernelChoice.Preference.AUTO).kernels(), 2,
        LoadOptions.defaults(), (done, total) -> {})) {
      assertEquals(0.0, deterministic.recommendedSampling().temperature());
      assertEquals(expected,
          generate(deterministic, GenerationRequest.builder(STORY).maxTokens(40).build()).text());
    }
  }

  @Test
  void refusesToReadAFileThatWasCutOffSinceItWasLoaded() throws IOException {
    Path copy = copyOfDemo();
    Path weights = copy.resolve("model.safetensors");
    try (var loaded = LoadedModel.open(copy, KernelChoice.choose(KernelChoice.Preference.AUTO).kernels(), 1,
        LoadOptions.defaults(), (done, total) -> {})) {
      var request = GenerationRequest.builder(STORY).maxTokens(1).build();
      generate(loaded, request);
      try (var file = new RandomAccessFile(weights.toFile(), "rw")) {
        file.setLength(4096);
      }
      var refused = assertThrows(PlatformException.class, () -> loaded.generate(request));
      assertEquals(StandardErrorCode.MODEL_UNAVAILABLE, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains(weights.toString()), refused::getMessage);
    }
  }

  private static Set<Thread> threadsOfModels() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("trine-") || thread.getName().startsWith("pool-"))
        .collect(Collectors.toSet());
  }

  @Test
  void aFailedLoadLeavesNoThreads() throws IOException {
    Path copy = copyOfDemo();
    var kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();
    Set<Thread> before = threadsOfModels();
    // The last layer is read, by threads of the loader's own.
    assertThrows(PlatformException.class,
        () -> LoadedModel.open(copy, kernels, 3, LoadOptions.defaults(), (done, total) -> {
          if (done == total) {
            throw new PlatformException(StandardErrorCode.MODEL_INVALID, "made to fail");
          }
        }));
    assertEquals(before, threadsOfModels());
    for (String name : List.of("tokenizer.json", "config.json")) {
      Files.writeString(copy.resolve(name), "{");
      assertThrows(PlatformException.class,
          () -> LoadedModel.open(copy, kernels, 3, LoadOptions.defaults(), (done, total) -> {}));
      assertEquals(before, threadsOfModels(), name);
    }
  }

  @Test
  void closingEndsAllThreads() throws IOException {
    Set<Thread> before = threadsOfModels();
    try (var loaded = LoadedModel.open(copyOfDemo(), KernelChoice.choose(KernelChoice.Preference.AUTO).kernels(), 3,
        LoadOptions.defaults(), (done, total) -> {})) {
      generate(loaded, GenerationRequest.builder(STORY).maxTokens(2).build());
      assertNotEquals(before, threadsOfModels());
    }
    assertEquals(before, threadsOfModels());
  }

  @Test
  void aClientThatVanishesCostsFinitelyManyTokens() {
    var endless = GenerationRequest.builder(STORY).sampling(greedy().build()).ignoreEnd(true).maxTokens(2000).build();
    try (var stream = model.generate(endless)) {
      while (!(stream.next() instanceof GenerationEvent.TextDelta)) {
        // The prompt is being evaluated.
      }
      stream.cancel();
      GenerationEvent last = stream.next();
      while (stream.hasNext()) {
        last = stream.next();
      }
      var finished = assertInstanceOf(GenerationEvent.Finished.class, last);
      assertEquals(FinishReason.CANCELLED, finished.reason());
      assertTrue(finished.usage().completionTokens() < 2000, finished::toString);
    }
    // Somebody else's turn.
    assertEquals("The capital of France is Paris.",
        generate(chat("What is the capital of France?"), greedy().build(), 20).text());
  }

  private Path copyOfDemo() throws IOException {
    for (String name : List.of("config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
        "tokenizer_config.json")) {
      Files.copy(DemoModel.PATH.resolve(name), temporary.resolve(name));
    }
    return temporary;
  }
}
