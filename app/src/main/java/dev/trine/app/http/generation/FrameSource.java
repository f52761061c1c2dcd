/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.generation;

import org.jspecify.annotations.Nullable;

/** The frames of one event stream, pulled by one thread. */
public interface FrameSource extends AutoCloseable {

  /** Waits for the next frame's data, without {@code data:} around it; null after the last one. Never throws. */
  @Nullable
  String next();

  /** Makes a waiting {@link #next} return soon; from any thread. */
  void cancel();

  @Override
  void close();
}
