/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen. Every part may be left unset (null); {@link #orElse} fills the gaps from another set, and
 * {@link #defaults} has a value for each. Made with {@link #builder}.
 *
 * @param temperature       divisor of the logits, 0 or more; 0 takes the most likely token (greedy)
 * @param topK              candidates kept by rank; 0 keeps all
 * @param topP              candidates kept by cumulative probability, 0 to 1; 1 keeps all, 0 keeps one
 * @param minP              candidates kept by probability relative to the most likely one, 0 to 1; 0 keeps all
 * @param repetitionPenalty divisor of the positive (factor of the negative) logits of tokens seen, 0 or more; 1 is off, and 0
 *                          counts as 1
 * @param penaltyLookback   how many of the latest tokens the penalties look at, prompt included; -1 for the whole context
 * @param presencePenalty   subtracted once from the logit of a token seen
 * @param frequencyPenalty  subtracted from the logit of a token for each time it was seen
 * @param seed              start of the random number generator; -1 for a random one
 */
public record SamplingOptions(@Nullable Double temperature, @Nullable Integer topK, @Nullable Double topP,
    @Nullable Double minP, @Nullable Double repetitionPenalty, @Nullable Integer penaltyLookback,
    @Nullable Double presencePenalty, @Nullable Double frequencyPenalty, @Nullable Long seed) {

  private static final SamplingOptions UNSET = new SamplingOptions(null, null, null, null, null, null, null, null,
      null);
  private static final SamplingOptions DEFAULTS = new SamplingOptions(0.8, 40, 0.95, 0.05, 1.0, 64, 0.0, 0.0, -1L);

  /** @throws PlatformException {@code INVALID_VALUE} naming the field that is out of range */
  public SamplingOptions {
    check(temperature, 0, Double.MAX_VALUE, "temperature", "must be >= 0");
    check(topK, 0, Integer.MAX_VALUE, "top_k", "must be >= 0");
    check(topP, 0, 1, "top_p", "must be between 0 and 1");
    check(minP, 0, 1, "min_p", "must be between 0 and 1");
    check(repetitionPenalty, 0, Double.MAX_VALUE, "repetition_penalty", "must be >= 0");
    check(penaltyLookback, -1, Integer.MAX_VALUE, "rep_penalty_lookback", "must be >= -1");
    check(presencePenalty, -Double.MAX_VALUE, Double.MAX_VALUE, "presence_penalty", "must be a finite number");
    check(frequencyPenalty, -Double.MAX_VALUE, Double.MAX_VALUE, "frequency_penalty", "must be a finite number");
  }

  private static void check(@Nullable Number value, double min, double max, String field, String rule) {
    // Written so that NaN fails too.
    if (value != null && !(value.doubleValue() >= min && value.doubleValue() <= max)) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, field,
          field + " " + rule + ", got " + value);
    }
  }

  /** Nothing set. */
  public static SamplingOptions unset() {
    return UNSET;
  }

  /** Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, no penalties over the last 64 tokens, a random seed. */
  public static SamplingOptions defaults() {
    return DEFAULTS;
  }

  /** The most likely token each time. */
  public static SamplingOptions greedy() {
    return builder().temperature(0.0).build();
  }

  /** These options, with what is unset taken from {@code other}. */
  public SamplingOptions orElse(SamplingOptions other) {
    return new SamplingOptions(first(temperature, other.temperature), first(topK, other.topK), first(topP, other.topP),
        first(minP, other.minP), first(repetitionPenalty, other.repetitionPenalty),
        first(penaltyLookback, other.penaltyLookback), first(presencePenalty, other.presencePenalty),
        first(frequencyPenalty, other.frequencyPenalty), first(seed, other.seed));
  }

  private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
    return one != null ? one : other;
  }

  /** Begins with nothing set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; null leaves one unset. */
  public static final class Builder {
    private @Nullable Double temperature;
    private @Nullable Integer topK;
    private @Nullable Double topP;
    private @Nullable Double minP;
    private @Nullable Double repetitionPenalty;
    private @Nullable Integer penaltyLookback;
    private @Nullable Double presencePenalty;
    private @Nullable Double frequencyPenalty;
    private @Nullable Long seed;

    private Builder() {}

    /** See {@link SamplingOptions#temperature}. */
    public Builder temperature(@Nullable Double value) {
      temperature = value;
      return this;
    }

    /** See {@link SamplingOptions#topK}. */
    public Builder topK(@Nullable Integer value) {
      topK = value;
      return this;
    }

    /** See {@link SamplingOptions#topP}. */
    public Builder topP(@Nullable Double value) {
      topP = value;
      return this;
    }

    /** See {@link SamplingOptions#minP}. */
    public Builder minP(@Nullable Double value) {
      minP = value;
      return this;
    }

    /** See {@link SamplingOptions#repetitionPenalty}. */
    public Builder repetitionPenalty(@Nullable Double value) {
      repetitionPenalty = value;
      return this;
    }

    /** See {@link SamplingOptions#penaltyLookback}. */
    public Builder penaltyLookback(@Nullable Integer value) {
      penaltyLookback = value;
      return this;
    }

    /** See {@link SamplingOptions#presencePenalty}. */
    public Builder presencePenalty(@Nullable Double value) {
      presencePenalty = value;
      return this;
    }

    /** See {@link SamplingOptions#frequencyPenalty}. */
    public Builder frequencyPenalty(@Nullable Double value) {
      frequencyPenalty = value;
      return this;
    }

    /** See {@link SamplingOptions#seed}. */
    public Builder seed(@Nullable Long value) {
      seed = value;
      return this;
    }

    /** @throws PlatformException {@code INVALID_VALUE} naming the field that is out of range */
    public SamplingOptions build() {
      return new SamplingOptions(temperature, topK, topP, minP, repetitionPenalty, penaltyLookback, presencePenalty,
          frequencyPenalty, seed);
    }
  }
}
