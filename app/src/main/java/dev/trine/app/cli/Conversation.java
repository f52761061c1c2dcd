/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What was said so far, and the asking. A turn enters the history when it is answered; one that failed or was stopped leaves
 * it as it was. {@link #stop} may be called from any thread, everything else from one.
 */
final class Conversation {

  private final LanguageModel model;
  private final List<ChatMessage> turns = new ArrayList<>();
  private SamplingOptions sampling;
  private int maxTokens;
  private @Nullable String system;
  private @Nullable String lastQuestion;
  private @Nullable String stoppedAnswer;
  private volatile @Nullable GenerationStream running;

  /**
   * @param maxTokens largest number of tokens in one answer, -1 for what the context holds
   * @param system    what the model is told before the conversation; null for nothing
   */
  Conversation(LanguageModel model, SamplingOptions sampling, int maxTokens, @Nullable String system) {
    this.model = model;
    this.sampling = sampling;
    this.maxTokens = maxTokens;
    this.system = system;
  }

  /**
   * Asks, and passes the answer on as it comes.
   *
   * @throws dev.trine.api.PlatformException when the model refuses or fails; the history is then as it was
   */
  Answer ask(String question, Consumer<String> onText) {
    lastQuestion = question;
    stoppedAnswer = null;
    var messages = new ArrayList<ChatMessage>();
    if (system != null) {
      messages.add(new ChatMessage("system", system));
    }
    messages.addAll(turns);
    messages.add(new ChatMessage("user", question));
    GenerationRequest request = GenerationRequest.builder(Prompt.Chat.of(messages)).sampling(sampling)
        .maxTokens(maxTokens).build();
    long start = System.nanoTime();
    try (GenerationStream stream = model.generate(request)) {
      running = stream;
      Answer answer = Answer.pull(stream, start, onText);
      if (answer.reason() == FinishReason.CANCELLED) {
        stoppedAnswer = answer.text();
      } else {
        addTurn(question, answer.text());
      }
      return answer;
    } finally {
      running = null;
    }
  }

  /** Stops the answer that is being written; false when none is. */
  boolean stop() {
    GenerationStream stream = running;
    if (stream == null) {
      return false;
    }
    stream.cancel();
    return true;
  }

  /** Takes the answer that was stopped into the history; false when there is none. */
  boolean keepStopped() {
    if (stoppedAnswer == null || lastQuestion == null) {
      return false;
    }
    addTurn(lastQuestion, stoppedAnswer);
    stoppedAnswer = null;
    return true;
  }

  /** Forgets everything that was said. */
  void clear() {
    turns.clear();
    lastQuestion = null;
    stoppedAnswer = null;
  }

  /** Takes the last question and its answer back; false when there is none. */
  boolean undo() {
    if (turns.isEmpty()) {
      return false;
    }
    turns.subList(turns.size() - 2, turns.size()).clear();
    return true;
  }

  /** The last question, its answer taken back, ready to be asked again; empty when there was none. */
  Optional<String> takeBackLastQuestion() {
    String question = lastQuestion;
    if (question == null) {
      return Optional.empty();
    }
    if (turns.size() >= 2 && question.equals(turns.get(turns.size() - 2).content())) {
      undo();
    }
    return Optional.of(question);
  }

  private void addTurn(String question, String answer) {
    turns.add(new ChatMessage("user", question));
    turns.add(new ChatMessage("assistant", answer));
  }

  /** How many questions were answered. */
  int answered() {
    return turns.size() / 2;
  }

  LanguageModel model() {
    return model;
  }

  SamplingOptions sampling() {
    return sampling;
  }

  void setSampling(SamplingOptions value) {
    sampling = value;
  }

  int maxTokens() {
    return maxTokens;
  }

  void setMaxTokens(int value) {
    maxTokens = value;
  }

  Optional<String> system() {
    return Optional.ofNullable(system);
  }

  void setSystem(@Nullable String value) {
    system = value;
  }
}
