/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A language model that follows a script. */
public final class FakeLanguageModel implements LanguageModel {

  /** One step of a script. */
  public sealed interface Step {
    /** Says something. */
    record Say(String text) implements Step {}

    /** Says one text for ever, as fast as it is pulled. */
    record Repeat(String text) implements Step {}

    /** Waits until the test opens the latch, or the generation is cancelled. */
    record Await(CountDownLatch latch) implements Step {}

    /** Fails. */
    record Fail(RuntimeException failure) implements Step {}

    /** Ends; without this step a script ends with STOP. */
    record End(FinishReason reason) implements Step {}
  }

  /** Every request, in order. */
  public final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();
  /** Every stream, in order. */
  public final List<FakeStream> streams = new CopyOnWriteArrayList<>();

  private volatile Function<GenerationRequest, List<Step>> script = request -> say("Hello", " there");

  private volatile boolean opensTexts = true;

  /** Whether a token comes before every text; without it an empty text is refused. */
  public void opensTexts(boolean opens) {
    opensTexts = opens;
  }

  /** What every request from now on gets. */
  public void script(Step... steps) {
    script = request -> List.of(steps);
  }

  /** What every request from now on gets; may throw. */
  public void script(Function<GenerationRequest, List<Step>> steps) {
    script = steps;
  }

  static List<Step> say(String... texts) {
    var steps = new ArrayList<Step>();
    for (String text : texts) {
      steps.add(new Step.Say(text));
    }
    return steps;
  }

  /** The request that came last. */
  public GenerationRequest lastRequest() {
    return requests.getLast();
  }

  @Override
  public ModelDescription description() {
    return new ModelDescription("fake", "script", 1000, 2000, 4096, 64, 512, true);
  }

  @Override
  public GenerationStream generate(GenerationRequest request) {
    requests.add(request);
    var stream = new FakeStream(script.apply(request));
    streams.add(stream);
    return stream;
  }

  @Override
  public List<Integer> tokenize(Prompt prompt) {
    var ids = new ArrayList<Integer>();
    switch (prompt) {
      case Prompt.Tokens tokens -> ids.addAll(tokens.ids());
      case Prompt.Text text -> {
        if (opensTexts) {
          ids.add(1);
        } else if (text.text().isEmpty()) {
          throw new PlatformException(StandardErrorCode.INVALID_VALUE, "the prompt has no tokens");
        }
        for (byte b : text.text().getBytes(StandardCharsets.UTF_8)) {
          ids.add(b & 0xff);
        }
      }
      case Prompt.Chat chat -> chat.messages().forEach(message -> ids.add(message.role().length()));
    }
    return ids;
  }

  @Override
  public void close() {}

  /** A stream of scripted events. */
  public static final class FakeStream implements GenerationStream {

    /** Opens when the stream is cancelled. */
    public final CountDownLatch cancelled = new CountDownLatch(1);
    /** Opens when the stream is closed. */
    public final CountDownLatch closed = new CountDownLatch(1);
    /** How many events have been pulled. */
    public final AtomicInteger pulled = new AtomicInteger();

    private final List<Step> steps;
    private int position;
    private int tokens;
    private boolean finished;

    FakeStream(List<Step> steps) {
      this.steps = List.copyOf(steps);
    }

    @Override
    public boolean hasNext() {
      return !finished;
    }

    @Override
    public GenerationEvent next() {
      if (finished) {
        throw new NoSuchElementException();
      }
      while (cancelled.getCount() > 0) {
        GenerationEvent event = step();
        if (event != null) {
          pulled.incrementAndGet();
          return event;
        }
      }
      return finish(FinishReason.CANCELLED);
    }

    private @Nullable GenerationEvent step() {
      if (position >= steps.size()) {
        return finish(FinishReason.STOP);
      }
      return switch (steps.get(position)) {
        case Step.Say say -> {
          position++;
          tokens++;
          yield new GenerationEvent.TextDelta(say.text());
        }
        case Step.Repeat repeat -> {
          tokens++;
          yield new GenerationEvent.TextDelta(repeat.text());
        }
        case Step.Await await -> {
          awaitEither(await.latch());
          position++;
          yield null;
        }
        case Step.Fail fail -> throw fail.failure();
        case Step.End end -> finish(end.reason());
      };
    }

    private void awaitEither(CountDownLatch latch) {
      try {
        while (cancelled.getCount() > 0 && !latch.await(5, TimeUnit.MILLISECONDS)) {
          // One of the two opens.
        }
      } catch (InterruptedException e) {
        throw new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted", e);
      }
    }

    private GenerationEvent finish(FinishReason reason) {
      finished = true;
      return new GenerationEvent.Finished(reason, new Usage(11, 4, tokens, 20_000_000, 60_000_000));
    }

    @Override
    public void cancel() {
      cancelled.countDown();
    }

    @Override
    public void close() {
      cancelled.countDown();
      closed.countDown();
    }
  }
}
