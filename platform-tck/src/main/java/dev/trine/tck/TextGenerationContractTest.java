/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.ErrorType;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What every capability of text generation and its language models must do. A subclass says how the model under test is opened;
 * each test opens and closes its own.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class TextGenerationContractTest extends LanguageModelUnderTest {

  /** Texts that may still come once cancel has returned: those of the step that was under way, and the few that lay ready. */
  private static final int TEXTS_AFTER_CANCEL = 8;

  /** An engine may be ahead of a consumer that is not let run, but not each time. */
  private static final int CANCELLATIONS = 48;
  /** Texts that an answer to any of the prompts has at least, several tokens to a text. */
  private static final int GUARANTEED_TEXTS = 8;

  /** For subclasses. */
  protected TextGenerationContractTest() {}

  @Test
  void opensEveryBuiltInModelAndNoOther() {
    var textGeneration = textGeneration();
    for (String name : textGeneration.builtInModels()) {
      try (var model = textGeneration.openBuiltIn(name, LoadOptions.defaults())) {
        assertFalse(model.description().architecture().isBlank(), () -> name + " has a blank architecture");
      }
    }
    assertCode(StandardErrorCode.MODEL_NOT_FOUND,
        () -> textGeneration.openBuiltIn("no-such-model", LoadOptions.defaults()));
  }

  @Test
  void recognisesNoFileThatIsNoModel() throws IOException {
    var textGeneration = textGeneration();
    for (Path path : noModels()) {
      assertFalse(textGeneration.recognises(path), () -> path + " was recognised as a model");
    }
  }

  @Test
  void refusesFilesThatAreNoModelsByName() throws IOException {
    var textGeneration = textGeneration();
    for (Path path : noModels()) {
      assertRefused(path, () -> textGeneration.describe(path));
      assertRefused(path, () -> textGeneration.open(path, LoadOptions.defaults()));
    }
  }

  @Test
  void describesTheLoadedModel() {
    try (var model = open(new LoadOptions(SMALL_CONTEXT, 1))) {
      var description = model.description();
      assertAll(() -> assertFalse(description.architecture().isBlank(), "the architecture is blank"),
          () -> assertFalse(description.format().isBlank(), "the format is blank"),
          () -> assertEquals(SMALL_CONTEXT, description.contextLength(), "not the context length asked for"),
          () -> assertTrue(description.parameterCount() >= 0 && description.sizeBytes() >= 0
              && description.modelDim() >= 0 && description.vocabularySize() >= 0, () -> "negative: " + description));
    }
  }

  @Test
  void endsWithExactlyOneFinished() {
    try (var model = open(LoadOptions.defaults())) {
      for (Prompt prompt : prompts()) {
        // Checked by Generated.
        assertNotEquals(FinishReason.CANCELLED, Generated.by(model, greedy(prompt).maxTokens(64).build()).reason());
      }
    }
  }

  @Test
  void givesTextInWholeCharactersAndNeverEmpty() {
    try (var model = open(LoadOptions.defaults())) {
      for (Prompt prompt : prompts()) {
        for (String delta : Generated.by(model, greedy(prompt).maxTokens(64).build()).deltas()) {
          assertFalse(delta.isEmpty(), "a TextDelta is empty");
          assertFalse(Character.isLowSurrogate(delta.charAt(0)), "a TextDelta begins inside a character");
          assertFalse(Character.isHighSurrogate(delta.charAt(delta.length() - 1)),
              "a TextDelta ends inside a character");
        }
      }
    }
  }

  @Test
  void reportsThePromptsProgressBeforeTheText() {
    try (var model = open(LoadOptions.defaults())) {
      var result = Generated.by(model, first().maxTokens(8).build());
      int processed = 0;
      boolean text = false;
      for (GenerationEvent event : result.events()) {
        if (event instanceof GenerationEvent.PromptProgress progress) {
          assertFalse(text, "prompt progress came after text");
          assertEquals(result.usage().promptTokens(), progress.totalTokens(), "progress of another prompt");
          assertTrue(progress.processedTokens() >= processed, "prompt progress went backwards");
          processed = progress.processedTokens();
          assertTrue(processed <= progress.totalTokens(), "more processed than there is");
        } else {
          text = true;
        }
      }
    }
  }

  @Test
  void countsWhatItUsed() {
    try (var model = open(LoadOptions.defaults())) {
      for (Prompt prompt : prompts()) {
        var result = Generated.by(model, greedy(prompt).maxTokens(32).build());
        var usage = result.usage();
        assertAll(() -> assertEquals(model.tokenize(prompt).size(), usage.promptTokens(), "not the prompt's tokens"),
            () -> assertTrue(usage.cachedTokens() >= 0 && usage.cachedTokens() <= usage.promptTokens(),
                () -> "more cached than there is: " + usage),
            () -> assertTrue(usage.completionTokens() >= (result.text().isEmpty() ? 0 : 1),
                () -> "text from no token: " + usage),
            () -> assertTrue(usage.promptNanos() >= 0 && usage.completionNanos() >= 0,
                () -> "negative time: " + usage));
      }
    }
  }

  @Test
  void generatesAtMostMaxTokens() {
    try (var model = open(LoadOptions.defaults())) {
      var whole = Generated.by(model, first().maxTokens(12).build()).text();
      for (int maxTokens : new int[]{1, 2, 5, 11}) {
        var result = Generated.by(model, first().maxTokens(maxTokens).build());
        assertEquals(maxTokens, result.usage().completionTokens());
        assertEquals(FinishReason.LENGTH, result.reason());
        assertTrue(whole.startsWith(result.text()), () -> "'" + result.text() + "' does not begin '" + whole + "'");
      }
    }
  }

  @Test
  void evaluatesThePromptAloneWhenMaxTokensIsZero() {
    try (var model = open(LoadOptions.defaults())) {
      var result = Generated.by(model, first().maxTokens(0).build());
      assertEquals(List.of(), result.deltas());
      assertEquals(0, result.usage().completionTokens());
      assertEquals(FinishReason.LENGTH, result.reason());
    }
  }

  @Test
  void endsWhereTheContextEnds() {
    try (var model = open(new LoadOptions(SMALL_CONTEXT, 1))) {
      var result = Generated.by(model, greedy(countingPrompt(model, SMALL_CONTEXT - 8)).ignoreEnd(true).build());
      assertEquals(FinishReason.LENGTH, result.reason());
      var usage = result.usage();
      assertTrue(usage.promptTokens() + usage.completionTokens() <= SMALL_CONTEXT,
          () -> "beyond the context: " + usage);
    }
  }

  @Test
  void repeatsAGreedyAnswer() {
    try (var model = open(LoadOptions.defaults())) {
      for (Prompt prompt : prompts()) {
        var request = greedy(prompt).maxTokens(32).build();
        var one = Generated.by(model, request).text();
        assertEquals(one, Generated.by(model, request).text());
      }
    }
  }

  @Test
  void repeatsASampledAnswerWithTheSameSeed() {
    var sampling = SamplingOptions.builder().temperature(1.0).topK(0).topP(1.0).minP(0.0).seed(SEED).build();
    try (var model = open(LoadOptions.defaults())) {
      var request = first().sampling(sampling).ignoreEnd(true).maxTokens(32).build();
      var one = Generated.by(model, request).text();
      assertEquals(one, Generated.by(model, request).text());
    }
  }

  @Test
  void evaluatesTheTokensThatItTellsOfAPrompt() {
    assumeTrue(takesTokens(), "this model takes no token ids");
    try (var model = open(LoadOptions.defaults())) {
      var tokens = new Prompt.Tokens(model.tokenize(prompts().getFirst()));
      var answer = Generated.by(model, greedy(tokens).maxTokens(24).build());
      assertEquals(tokens.ids(), model.tokenize(tokens));
      assertEquals(Generated.by(model, first().maxTokens(24).build()).text(), answer.text());
    }
  }

  /** Stop texts that lie inside a delta, and such as begin in one and end in the next. */
  @Test
  void endsBeforeAStopText() {
    try (var model = open(LoadOptions.defaults())) {
      var whole = Generated.by(model, first().maxTokens(24).build());
      for (String stop : stopTexts(whole.deltas())) {
        var expected = whole.text().substring(0, whole.text().indexOf(stop));
        var result = Generated.by(model, first().maxTokens(24).stop(List.of("\u0001", stop)).build());
        assertEquals(expected, result.text(), () -> "with the stop text '" + stop + "'");
        assertEquals(FinishReason.STOP, result.reason(), () -> "with the stop text '" + stop + "'");
      }
    }
  }

  @Test
  void keepsTextThatOnlyBeginsLikeAStopText() {
    try (var model = open(LoadOptions.defaults())) {
      var whole = Generated.by(model, first().maxTokens(12).build());
      var text = whole.text();
      var stops = List.of(text.substring(text.length() - 1) + "\u0001", text.substring(text.length() / 2) + "\u0001");
      var result = Generated.by(model, first().maxTokens(12).stop(stops).build());
      assertEquals(text, result.text());
      assertEquals(FinishReason.LENGTH, result.reason());
    }
  }

  /**
   * The thread that pulls cancels between two texts, so that no other thread has to run first. What an engine has made by then and
   * nobody has pulled looks the same as what it makes too late, and it may be much where the engine is fast or the machine busy. But an
   * engine that stops late does so each time, while nobody is far behind each time: so this cancels at one text after another until
   * few enough texts follow.
   */
  @Test
  void stopsWithinAStepWhenItIsCancelled() throws Exception {
    try (var model = open(LoadOptions.defaults())) {
      var seen = new ArrayList<String>();
      for (int texts = 1; texts <= CANCELLATIONS; texts++) {
        int before = 1 + texts % GUARANTEED_TEXTS;
        var rest = soon(() -> restAfterCancel(model, before));
        if (rest.reason() == FinishReason.CANCELLED && rest.deltas().size() <= TEXTS_AFTER_CANCEL) {
          return;
        }
        seen.add(rest.deltas().size() + " and " + rest.reason());
      }
      fail("texts after each cancellation: " + seen);
    }
  }

  /** What comes of an answer that is cancelled once so many texts were pulled. */
  private Generated restAfterCancel(LanguageModel model, int texts) {
    try (var stream = model.generate(endless().build())) {
      for (int i = 0; i < texts; i++) {
        pullText(stream);
      }
      stream.cancel();
      return Generated.rest(stream);
    }
  }

  /** As a client's disconnect would. */
  @Test
  void stopsWhenAnotherThreadCancelsIt() throws Exception {
    try (var model = open(LoadOptions.defaults())) {
      var seen = new ArrayList<FinishReason>();
      // The other thread may get to run too late once, but not each time.
      while (!seen.contains(FinishReason.CANCELLED) && seen.size() < CANCELLATIONS) {
        try (var stream = model.generate(endless().build())) {
          pullText(stream);
          soon(() -> {
            stream.cancel();
            stream.cancel();
            return stream;
          });
          seen.add(soon(() -> Generated.rest(stream)).reason());
        }
      }
      assertTrue(seen.contains(FinishReason.CANCELLED), seen::toString);
    }
  }

  @Test
  void stopsARequestThatIsCancelledBeforeItsFirstEvent() throws Exception {
    try (var model = open(LoadOptions.defaults()); var stream = model.generate(endless().build())) {
      stream.cancel();
      assertEquals(FinishReason.CANCELLED, soon(() -> Generated.rest(stream)).reason());
    }
  }

  @Test
  void stopsARequestThatIsCancelledWhileItWaits() throws Exception {
    assumeTrue(requestsAtOnce() > 0, "this model lets no request wait");
    try (var model = open(new LoadOptions(0, 1))) {
      var running = fill(model);
      try (var waiting = model.generate(first().build())) {
        var result = later(() -> Generated.rest(waiting));
        waiting.cancel();
        assertEquals(FinishReason.CANCELLED, get(result).reason());
      }
      running.forEach(GenerationStream::close);
    }
  }

  @Test
  void freesItsPlaceWhenTheStreamIsClosedHalfWay() throws Exception {
    try (var model = open(new LoadOptions(0, 0))) {
      var request = first().maxTokens(12).build();
      var expected = Generated.by(model, request).text();
      for (int i = 0; i < 3 + requestsAtOnce(); i++) {
        var abandoned = model.generate(endless().build());
        pullText(abandoned);
        abandoned.close();
        assertDoesNotThrow(abandoned::close, "the second close failed");
        assertEquals(expected, soon(() -> Generated.by(model, request)).text());
      }
    }
  }

  @Test
  void freesItsPlaceWhenTheRequestIsCancelled() throws Exception {
    try (var model = open(new LoadOptions(0, 0))) {
      for (int i = 0; i < 3 + requestsAtOnce(); i++) {
        try (var stream = model.generate(endless().build())) {
          stream.cancel();
          soon(() -> Generated.rest(stream));
        }
      }
    }
  }

  @Test
  void refusesARequestWhenTheQueueIsFull() {
    assumeTrue(requestsAtOnce() > 0, "this model lets no request wait");
    for (int queueCapacity : new int[]{0, 2}) {
      try (var model = open(new LoadOptions(0, queueCapacity))) {
        var admitted = new ArrayList<>(fill(model));
        for (int i = 0; i < queueCapacity; i++) {
          admitted.add(model.generate(first().build()));
        }
        assertCode(StandardErrorCode.SERVER_BUSY, () -> model.generate(first().build()));
        admitted.forEach(GenerationStream::close);
        assertDoesNotThrow(() -> Generated.by(model, first().maxTokens(2).build()), "the queue stayed full");
      }
    }
  }

  @Test
  void runsARequestThatHasWaited() throws Exception {
    assumeTrue(requestsAtOnce() > 0, "this model lets no request wait");
    try (var model = open(new LoadOptions(0, 1))) {
      var request = first().maxTokens(12).build();
      var expected = Generated.by(model, request).text();
      var running = fill(model);
      try (var waiting = model.generate(request)) {
        var result = later(() -> Generated.rest(waiting));
        running.forEach(GenerationStream::close);
        assertEquals(expected, get(result).text());
      }
    }
  }

  @Test
  void refusesAPromptThatDoesNotFitTheContext() {
    try (var model = open(new LoadOptions(SMALL_CONTEXT, 0))) {
      for (Prompt prompt : List.of(countingPrompt(model, SMALL_CONTEXT + 1),
          new Prompt.Text("word ".repeat(20 * SMALL_CONTEXT)))) {
        var e = assertCode(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED, () -> model.generate(greedy(prompt).build()));
        assertEquals(Map.of("n_prompt_tokens", (long) model.tokenize(prompt).size(), "n_ctx", (long) SMALL_CONTEXT),
            Map.of("n_prompt_tokens", number(e, "n_prompt_tokens"), "n_ctx", number(e, "n_ctx")));
      }
      assertDoesNotThrow(() -> Generated.by(model, first().maxTokens(2).build()), "a refused prompt kept its place");
    }
  }

  @Test
  void refusesTokensThatItDoesNotHave() {
    try (var model = open(LoadOptions.defaults())) {
      for (int id : new int[]{-1, Integer.MIN_VALUE, Integer.MAX_VALUE, model.description().vocabularySize()}) {
        var prompt = new Prompt.Tokens(List.of(id));
        assertRefused(() -> model.generate(greedy(prompt).build()), "generate took token " + id);
        assertRefused(() -> model.tokenize(prompt), "tokenize took token " + id);
      }
    }
  }

  @Test
  void refusesAConversationWithoutMessages() {
    try (var model = open(LoadOptions.defaults())) {
      var e = assertThrows(PlatformException.class, () -> model.generate(greedy(Prompt.Chat.of(List.of())).build()));
      assertEquals(ErrorType.INVALID_REQUEST, e.code().type(), () -> e.code() + ": " + e.getMessage());
    }
  }

  @Test
  void endsWhatRunsAndWaitsWhenTheModelIsClosed() throws Exception {
    var model = open(new LoadOptions(0, 1));
    var streams = new ArrayList<GenerationStream>();
    try {
      streams.add(model.generate(endless().build()));
      pullText(streams.getFirst());
      if (requestsAtOnce() == 1) {
        streams.add(model.generate(first().build()));
      }
    } finally {
      soon(() -> {
        model.close();
        return model;
      });
    }
    for (GenerationStream stream : streams) {
      soon(() -> assertEndedEarly(stream));
      assertDoesNotThrow(stream::close, "close of a stream failed after its model was closed");
    }
  }

  @Test
  void refusesRequestsOnceItIsClosed() {
    var model = open(LoadOptions.defaults());
    model.close();
    assertCode(StandardErrorCode.MODEL_UNAVAILABLE, () -> model.generate(first().build()));
  }

  @Test
  void givesConcurrentRequestsTheirOwnText() throws Exception {
    try (var model = open(LoadOptions.defaults())) {
      var requests = prompts().stream().map(prompt -> greedy(prompt).maxTokens(24).build()).toList();
      var expected = requests.stream().map(request -> Generated.by(model, request).text()).toList();
      var streams = new ArrayList<GenerationStream>();
      for (int i = 0; i < 4 * requests.size(); i++) {
        streams.add(model.generate(requests.get(i % requests.size())));
      }
      var results = streams.stream().map(stream -> later(() -> Generated.rest(stream))).toList();
      for (int i = 0; i < results.size(); i++) {
        assertEquals(expected.get(i % expected.size()), get(results.get(i)).text());
      }
      streams.forEach(GenerationStream::close);
    }
  }
}
