/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ChatMessage;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A model of {@value #VOCABULARY} tokens that runs one request at a time. It continues a prompt with words that depend on the
 * prompt and, when it samples, on the seed.
 */
final class SmallModel implements LanguageModel {

  static final int VOCABULARY = 64;
  private static final int CONTEXT = 512;
  private static final int END = 0;
  private static final List<String> SYLLABLES = List.of("lo", "mi", "🚤", "é", " ka", " ru", "日本", " ");

  private final LoadOptions options;
  private final int longestAnswer;
  private final Deque<SmallStream> waiting = new ArrayDeque<>();
  private final Random unseeded = new Random(1);
  private @Nullable SmallStream running;
  private List<Integer> lastPrompt = List.of();
  private boolean closed;

  SmallModel(LoadOptions options, int longestAnswer) {
    this.options = options;
    this.longestAnswer = longestAnswer;
  }

  @Override
  public ModelDescription description() {
    int context = Defect.CONTEXT_LENGTH_IGNORED.present() ? CONTEXT : contextLength();
    return new ModelDescription("small", "none", 0, 0, context, 0, VOCABULARY, true);
  }

  private int contextLength() {
    return options.contextLength() == 0 ? CONTEXT : options.contextLength();
  }

  @Override
  public List<Integer> tokenize(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Text text -> words(text.text());
      case Prompt.Tokens tokens -> known(tokens.ids());
      case Prompt.Chat chat -> {
        if (chat.messages().isEmpty()) {
          if (Defect.EMPTY_CONVERSATION_BREAKS.present()) {
            throw new IllegalStateException("no messages");
          }
          throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "messages", "messages is empty");
        }
        yield chat.messages().stream().map(ChatMessage::content).filter(Objects::nonNull)
            .flatMap(content -> words(content).stream()).toList();
      }
    };
  }

  private static List<Integer> words(String text) {
    return Arrays.stream(text.split(" ", -1)).map(word -> Math.floorMod(word.hashCode(), VOCABULARY)).toList();
  }

  private static List<Integer> known(List<Integer> ids) {
    for (int id : ids) {
      if ((id < 0 || id >= VOCABULARY) && !Defect.UNKNOWN_TOKENS_TAKEN.present()) {
        throw new PlatformException(StandardErrorCode.INVALID_VALUE, "token " + id + " is not 0 to " + VOCABULARY);
      }
    }
    return ids;
  }

  @Override
  public synchronized GenerationStream generate(GenerationRequest request) {
    if (closed && !Defect.OPEN_AFTER_CLOSE.present()) {
      throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model is closed");
    }
    var prompt = tokenize(request.prompt());
    if (prompt.size() >= contextLength() && !Defect.LONG_PROMPT_TAKEN.present()) {
      if (Defect.REFUSED_PROMPT_KEEPS_ITS_PLACE.present()) {
        running = new SmallStream(this, request, prompt, List.of());
      }
      var e = new PlatformException(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED, "the prompt is too long");
      throw Defect.LONG_PROMPT_WITHOUT_DETAILS.present()
          ? e
          : e.withDetails(Map.of("n_prompt_tokens", prompt.size(), "n_ctx", contextLength()));
    }
    if (running != null && waiting.size() >= options.queueCapacity() && !Defect.QUEUE_WITHOUT_LIMIT.present()) {
      throw new PlatformException(StandardErrorCode.SERVER_BUSY, "the queue is full");
    }
    var seen = prompt;
    if (Defect.REQUESTS_MIXED_UP.present()) {
      seen = running == null ? prompt : lastPrompt;
      lastPrompt = prompt;
    }
    boolean varied = Defect.TOKENS_EVALUATED_OTHERWISE.present() && request.prompt() instanceof Prompt.Tokens;
    var stream = new SmallStream(this, request, prompt, answer(varied ? List.of() : seen, request, prompt.size()));
    if (running == null) {
      running = stream;
    } else {
      waiting.add(stream);
    }
    return stream;
  }

  /** The texts of the answer's tokens; the token that ends the turn has none. */
  private List<String> answer(List<Integer> prompt, GenerationRequest request, int promptSize) {
    var sampling = request.sampling().orElse(SamplingOptions.defaults());
    long seed = prompt.hashCode();
    if (!Objects.equals(sampling.temperature(), 0.0)) {
      seed = Defect.SEED_IGNORED.present() ? unseeded.nextLong() : seed ^ Objects.requireNonNull(sampling.seed());
    } else if (Defect.GREEDY_VARIES.present()) {
      seed = unseeded.nextLong();
    }
    var random = new Random(seed);
    int room = contextLength() - promptSize;
    int limit = request.maxTokens() < 0 ? room : Math.min(room, request.maxTokens());
    if (Defect.CONTEXT_OVERRUN.present()) {
      limit = Math.max(limit, 64);
    } else if (Defect.ONE_TOKEN_TOO_MANY.present()) {
      limit++;
    } else if (Defect.MAX_TOKENS_ZERO_IGNORED.present() && limit == 0) {
      limit = 1;
    }
    var texts = new ArrayList<String>();
    while (texts.size() < limit) {
      int token = texts.size() == longestAnswer / 4 ? END : 1 + random.nextInt(VOCABULARY - 1);
      if (token == END && !request.ignoreEnd()) {
        texts.add("");
        break;
      }
      texts.add(SYLLABLES.get(token % SYLLABLES.size()) + SYLLABLES.get(token / SYLLABLES.size()));
    }
    return texts;
  }

  /** Waits until the stream may run or has been ended. */
  synchronized void awaitTurn(SmallStream stream) {
    while (running != stream && !stream.ended() && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted", e);
      }
    }
    if (closed && !Defect.RUNS_ON_AFTER_CLOSE.present()) {
      throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "the model was closed");
    }
  }

  synchronized void release(SmallStream stream) {
    waiting.remove(stream);
    if (running == stream) {
      running = Defect.WAITING_FORGOTTEN.present() ? null : waiting.poll();
    }
    notifyAll();
  }

  synchronized void wake() {
    notifyAll();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
