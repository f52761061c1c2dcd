/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.Usage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;

/** One answer of a {@link SmallModel}: a token a step. */
final class SmallStream implements GenerationStream {

  private static final int LATE = 20;

  private final SmallModel model;
  private final GenerationRequest request;
  private final List<Integer> prompt;
  private final List<String> tokens;
  private final Queue<GenerationEvent> ready = new ArrayDeque<>();
  private final StringBuilder heldBack = new StringBuilder();
  private int position;
  private int stepsAfterCancel;
  private boolean finished;
  private volatile boolean cancelled;

  SmallStream(SmallModel model, GenerationRequest request, List<Integer> prompt, List<String> tokens) {
    this.model = model;
    this.request = request;
    this.prompt = prompt;
    this.tokens = tokens;
    if (!Defect.PROGRESS_LATE.present()) {
      ready.add(new GenerationEvent.PromptProgress(prompt.size(), prompt.size()));
    }
  }

  boolean ended() {
    return cancelled && !Defect.WAITING_CANNOT_BE_CANCELLED.present();
  }

  @Override
  public boolean hasNext() {
    return !ready.isEmpty() || !finished;
  }

  @Override
  public GenerationEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!finished) {
      model.awaitTurn(this);
    }
    while (ready.isEmpty()) {
      step();
    }
    if (cancelled && !finished && !Defect.CANCEL_IGNORED.present()
        && (!Defect.CANCEL_LATE.present() || stepsAfterCancel++ == LATE)) {
      ready.clear();
      finish(Defect.CANCEL_LOOKS_LIKE_STOP.present() ? FinishReason.STOP : FinishReason.CANCELLED);
    }
    return ready.remove();
  }

  private void step() {
    if (position == tokens.size()) {
      flush();
      boolean atEnd = position > 0 && tokens.get(position - 1).isEmpty();
      finish(atEnd ? FinishReason.STOP : FinishReason.LENGTH);
      return;
    }
    var token = tokens.get(position++);
    if (Defect.STOP_ACROSS_TOKENS_MISSED.present()) {
      flush();
    }
    heldBack.append(token);
    int stop = Defect.STOP_IGNORED.present() ? -1 : firstStop();
    if (stop >= 0) {
      heldBack.setLength(stop);
      flush();
      finish(FinishReason.STOP);
    } else if (!mayBecomeStop()) {
      flush();
    }
  }

  private int firstStop() {
    int first = -1;
    for (String stop : request.stop()) {
      int at = heldBack.indexOf(stop);
      if (at >= 0 && Defect.STOP_SHOWN.present()) {
        at += stop.length();
      }
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** Whether the text held back ends with the beginning of a stop text. */
  private boolean mayBecomeStop() {
    for (String stop : request.stop()) {
      for (int length = Math.min(stop.length() - 1, heldBack.length()); length > 0; length--) {
        if (stop.startsWith(heldBack.substring(heldBack.length() - length))) {
          return true;
        }
      }
    }
    return false;
  }

  private void flush() {
    if (Defect.EMPTY_DELTA.present()) {
      ready.add(new GenerationEvent.TextDelta(""));
    }
    if (!heldBack.isEmpty()) {
      var text = heldBack.toString();
      heldBack.setLength(0);
      int boat = text.indexOf('\ud83d');
      if (boat >= 0 && Defect.CHARACTERS_SPLIT.present()) {
        ready.add(new GenerationEvent.TextDelta(text.substring(0, boat + 1)));
        text = text.substring(boat + 1);
      }
      if (!(position == tokens.size() && mayHaveBeenHeldBack(text) && Defect.HELD_BACK_TEXT_LOST.present())) {
        ready.add(new GenerationEvent.TextDelta(text));
      }
      if (Defect.PROGRESS_LATE.present()) {
        ready.add(new GenerationEvent.PromptProgress(prompt.size(), prompt.size()));
      }
    }
  }

  private boolean mayHaveBeenHeldBack(String text) {
    return request.stop().stream().anyMatch(stop -> stop.startsWith(text.substring(text.length() - 1)));
  }

  private void finish(FinishReason reason) {
    finished = true;
    int promptTokens = prompt.size() + (Defect.PROMPT_MISCOUNTED.present() ? 1 : 0);
    var event = new GenerationEvent.Finished(reason, new Usage(promptTokens, 0, position, 0, 0));
    if (!Defect.NO_FINISHED.present()) {
      ready.add(event);
    } else {
      ready.add(new GenerationEvent.TextDelta("."));
    }
    if (Defect.TWO_FINISHED.present()) {
      ready.add(event);
    }
    if (!(reason == FinishReason.CANCELLED && Defect.CANCELLED_STREAM_KEEPS_ITS_PLACE.present())) {
      model.release(this);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    model.wake();
  }

  @Override
  public void close() {
    cancel();
    if (!Defect.CLOSED_STREAM_KEEPS_ITS_PLACE.present() && !Defect.CANCELLED_STREAM_KEEPS_ITS_PLACE.present()) {
      model.release(this);
    }
  }
}
