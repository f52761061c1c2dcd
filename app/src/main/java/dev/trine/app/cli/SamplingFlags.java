/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.SamplingOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say how tokens are chosen. What is not given falls to the model's own recommendation. */
final class SamplingFlags {

  @Option(names = {"--temperature",
      "--temp"}, paramLabel = "T", order = 50, description = "how freely words are chosen; 0 takes the likeliest every time")
  private @Nullable Double temperature;

  @Option(names = "--top-k", paramLabel = "N", order = 51, description = "choose among the N likeliest tokens; 0: all")
  private @Nullable Integer topK;

  @Option(names = "--top-p", paramLabel = "P", order = 52, description = "choose among the likeliest tokens that together have probability P; 1: all")
  private @Nullable Double topP;

  @Option(names = "--min-p", paramLabel = "P", order = 53, description = "drop tokens less likely than P times the likeliest; 0: none")
  private @Nullable Double minP;

  @Option(names = {"--repeat-penalty",
      "--repetition-penalty"}, paramLabel = "F", order = 54, description = "make tokens already used less likely; 1: off")
  private @Nullable Double repetitionPenalty;

  @Option(names = {
      "--repeat-last-n"}, paramLabel = "N", order = 55, description = "how many tokens back the penalties look; -1: all")
  private @Nullable Integer penaltyLookback;

  @Option(names = "--presence-penalty", paramLabel = "F", order = 56, description = "subtracted once from tokens already used; 0: off")
  private @Nullable Double presencePenalty;

  @Option(names = "--frequency-penalty", paramLabel = "F", order = 57, description = "subtracted from tokens for each time they were used; 0: off")
  private @Nullable Double frequencyPenalty;

  @Option(names = {"-s",
      "--seed"}, paramLabel = "N", order = 58, description = "start of the random numbers: the same seed gives the same text; -1: a random one")
  private @Nullable Long seed;

  /**
   * What the options say.
   *
   * @throws PlatformException {@code INVALID_VALUE} when one is out of range
   */
  SamplingOptions options() {
    return SamplingOptions.builder().temperature(temperature).topK(topK).topP(topP).minP(minP)
        .repetitionPenalty(repetitionPenalty).penaltyLookback(penaltyLookback).presencePenalty(presencePenalty)
        .frequencyPenalty(frequencyPenalty).seed(seed).build();
  }
}
