/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.app.http.error.ErrorResponses;
import dev.trine.app.http.generation.FrameSource;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a stream of JSON chunks that ends with {@code [DONE]}. A failure on the way is one frame with the error, and no
 * {@code [DONE]} after it.
 */
abstract class JsonFrames implements FrameSource {

  private final JsonMapper json;
  private final Deque<Object> chunks = new ArrayDeque<>();
  private boolean ended;
  private boolean doneSent;

  JsonFrames(JsonMapper json) {
    this.json = json;
  }

  /** Waits for the next step of the generation, and adds the chunks that it gives; none is fine. */
  abstract void advance();

  final void add(Object chunk) {
    chunks.add(chunk);
  }

  /** Says that what has been added is all there is. */
  final void end() {
    ended = true;
  }

  @Override
  public final @Nullable String next() {
    try {
      while (chunks.isEmpty() && !ended) {
        advance();
      }
      if (!chunks.isEmpty()) {
        return write(chunks.remove());
      }
    } catch (RuntimeException e) {
      ended = true;
      doneSent = true;
      chunks.clear();
      return write(ErrorResponses.envelope(ErrorResponses.asPlatformException(e)));
    }
    if (doneSent) {
      return null;
    }
    doneSent = true;
    return "[DONE]";
  }

  private String write(Object chunk) {
    try {
      return new String(json.writeValueAsBytes(chunk), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
