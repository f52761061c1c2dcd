/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.FinishReason;

/** The dialect's words for why an answer ended. */
final class FinishReasons {

  private FinishReasons() {}

  static String name(FinishReason reason) {
    return switch (reason) {
      case STOP -> "stop";
      case LENGTH -> "length";
      case CANCELLED -> throw new IllegalStateException("a cancelled generation has no answer");
    };
  }
}
