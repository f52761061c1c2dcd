/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.app.store.NearNames;
import java.util.List;

/** What {@code /set} changes in a conversation. */
final class ChatSettings {

  static final List<String> NAMES = List.of("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed",
      "max_tokens");

  private ChatSettings() {}

  /**
   * Changes one setting.
   *
   * @throws PlatformException {@code INVALID_VALUE} for an unknown name or a value that does not fit
   */
  static void set(Conversation conversation, String name, String value) {
    if (name.equals("max_tokens")) {
      int tokens = integer(name, value);
      if (tokens < -1) {
        throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, name,
            "max_tokens must be -1 or more, got " + tokens);
      }
      conversation.setMaxTokens(tokens);
      return;
    }
    SamplingOptions.Builder change = SamplingOptions.builder();
    switch (name) {
      case "temperature" -> change.temperature(number(name, value));
      case "top_k" -> change.topK(integer(name, value));
      case "top_p" -> change.topP(number(name, value));
      case "min_p" -> change.minP(number(name, value));
      case "repeat_penalty" -> change.repetitionPenalty(number(name, value));
      case "seed" -> change.seed((long) integer(name, value));
      default -> {
        List<String> near = NearNames.of(name, NAMES);
        throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, name, "there is no setting '" + name
            + "'; there are " + String.join(", ", near.isEmpty() ? NAMES : near));
      }
    }
    conversation.setSampling(change.build().orElse(conversation.sampling()));
  }

  private static int integer(String name, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new PlatformException(StandardErrorCode.INVALID_VALUE,
          name + " must be a whole number, got '" + value + "'",
          e);
    }
  }

  private static double number(String name, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new PlatformException(StandardErrorCode.INVALID_VALUE, name + " must be a number, got '" + value + "'", e);
    }
  }
}
