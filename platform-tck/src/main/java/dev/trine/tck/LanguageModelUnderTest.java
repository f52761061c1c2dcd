/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.ErrorCode;
import dev.trine.api.ErrorType;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.TextGeneration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.ThrowingSupplier;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a subclass says of the model under test, and the steps that the tests share. */
abstract class LanguageModelUnderTest {

  static final int SMALL_CONTEXT = 128;
  static final long SEED = 42;

  private static final List<ErrorCode> NO_MODEL = List.of(StandardErrorCode.MODEL_NOT_FOUND,
      StandardErrorCode.MODEL_INVALID, StandardErrorCode.MODEL_UNSUPPORTED);

  @TempDir
  private Path folder = Path.of("");

  LanguageModelUnderTest() {}

  /** The capability of a started plugin that opens the model under test. */
  protected abstract TextGeneration textGeneration();

  /** Opens the model under test; its own context holds at least 256 tokens. */
  protected abstract LanguageModel open(LoadOptions options);

  /**
   * Prompts of at most 64 tokens with different greedy answers. The answer to the first has at least 16 tokens, and with
   * {@code ignoreEnd} it goes on for at least 64.
   */
  protected List<Prompt> prompts() {
    return List.of(chat("Tell me a story."), chat("What is the capital of France?"),
        chat("Repeat after me: a blue boat 🚤, a café and 日本語"));
  }

  /** How many requests the model runs at one time before others wait; 0 when there is no limit. One by default. */
  protected int requestsAtOnce() {
    return 1;
  }

  /** Whether the model can be prompted with token ids; true by default. */
  protected boolean takesTokens() {
    return true;
  }

  /** How long anything may take that should be done within a step or a short answer; 30 seconds by default. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  static Prompt chat(String question) {
    return Prompt.Chat.of(List.of(new ChatMessage("user", question)));
  }

  static GenerationRequest.Builder greedy(Prompt prompt) {
    return GenerationRequest.builder(prompt).sampling(SamplingOptions.greedy());
  }

  GenerationRequest.Builder first() {
    return greedy(prompts().getFirst());
  }

  GenerationRequest.Builder endless() {
    return first().ignoreEnd(true);
  }

  /** A path where nothing is, an empty folder, and files that are empty or hold something else. */
  List<Path> noModels() throws IOException {
    var random = new byte[4096];
    new Random(SEED).nextBytes(random);
    return List.of(folder.resolve("missing.gguf"), Files.createDirectory(folder.resolve("empty")),
        Files.createFile(folder.resolve("empty.gguf")), Files.write(folder.resolve("random.gguf"), random),
        Files.write(folder.resolve("random.safetensors"), random),
        Files.writeString(folder.resolve("text.gguf"), "This is no model."));
  }

  static void assertRefused(Path path, ThrowingSupplier<?> call) {
    var e = assertThrows(PlatformException.class, call::get, () -> path + " was taken for a model");
    assertTrue(NO_MODEL.contains(e.code()), () -> path + " gave " + e.code() + ": " + e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains(path.getFileName().toString()),
        () -> "the message does not name " + path + ": " + e.getMessage());
  }

  /** Plain text of so many tokens, or very few more. */
  static Prompt countingPrompt(LanguageModel model, int tokens) {
    var text = new StringBuilder("0");
    Prompt prompt = new Prompt.Text(text.toString());
    for (int i = 1; model.tokenize(prompt).size() < tokens; i++) {
      text.append(' ').append(i % 10);
      prompt = new Prompt.Text(text.toString());
    }
    return prompt;
  }

  /** Parts of a text: whole deltas, parts of deltas, and parts that span a border of two or three. */
  static List<String> stopTexts(List<String> deltas) {
    assertTrue(deltas.size() >= 3, () -> "the answer to the first prompt is too short: " + deltas);
    var stops = new ArrayList<String>();
    for (int i = 0; i + 1 < deltas.size(); i++) {
      var one = deltas.get(i);
      var two = deltas.get(i + 1);
      stops.add(one);
      stops.add(
          one.substring(one.offsetByCodePoints(one.length(), -1)) + two.substring(0, two.offsetByCodePoints(0, 1)));
      stops.add(one + two);
    }
    stops.add(String.join("", deltas.subList(deltas.size() - 3, deltas.size())));
    return stops;
  }

  /** Starts as many endless requests as run at one time. */
  List<GenerationStream> fill(LanguageModel model) {
    var streams = new ArrayList<GenerationStream>();
    for (int i = 0; i < requestsAtOnce(); i++) {
      streams.add(model.generate(endless().build()));
    }
    return streams;
  }

  static void pullText(GenerationStream stream) {
    while (!(stream.next() instanceof GenerationEvent.TextDelta)) {
      // The prompt's progress comes first.
    }
  }

  static GenerationStream assertEndedEarly(GenerationStream stream) {
    try {
      assertEquals(FinishReason.CANCELLED, Generated.rest(stream).reason(), "a request outlived its model");
    } catch (PlatformException e) {
      assertNotEquals(ErrorType.INVALID_REQUEST, e.code().type(), "the caller is blamed for the closed model");
    }
    return stream;
  }

  static PlatformException assertCode(ErrorCode code, ThrowingSupplier<?> call) {
    var e = assertThrows(PlatformException.class, call::get, () -> "nothing was thrown, expected " + code.name());
    assertEquals(code, e.code(), () -> "with the message '" + e.getMessage() + "'");
    return e;
  }

  static void assertRefused(ThrowingSupplier<?> call, String message) {
    var e = assertThrows(PlatformException.class, call::get, message);
    assertTrue(List.of(StandardErrorCode.INVALID_VALUE, StandardErrorCode.NOT_SUPPORTED).contains(e.code()),
        () -> e.code() + ": " + e.getMessage());
  }

  static long number(PlatformException e, String key) {
    return assertInstanceOf(Number.class, e.details().get(key), () -> key + " is missing in " + e.details())
        .longValue();
  }

  <T> T soon(Callable<T> call) throws Exception {
    return get(later(call));
  }

  <T> T get(Future<T> result) throws Exception {
    try {
      return result.get(patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // What failed over there is what the reader wants to see.
      if (e.getCause() instanceof AssertionError failure) {
        throw failure;
      }
      throw e;
    }
  }

  static <T> Future<T> later(Callable<T> call) {
    var task = new FutureTask<>(call);
    Thread.ofVirtual().start(task);
    return task;
  }
}
