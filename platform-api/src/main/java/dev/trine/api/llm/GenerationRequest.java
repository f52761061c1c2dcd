/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request for text. Made with {@link #builder}.
 *
 * @param prompt    what to start from
 * @param sampling  how tokens are chosen; what it leaves unset falls to the model's recommendation and then to the defaults
 *                  of {@link SamplingOptions}
 * @param maxTokens largest number of tokens to generate; -1 for as many as the context holds, 0 to evaluate the prompt alone
 * @param stop      texts that end the generation; they are not part of the result
 * @param ignoreEnd whether end-of-generation tokens are treated as text
 * @param drafts    whether the engine may evaluate tokens ahead that it guesses, or null to leave that to it; it changes how
 *                  fast the text comes, never the text
 */
public record GenerationRequest(Prompt prompt, SamplingOptions sampling, int maxTokens, List<String> stop,
    boolean ignoreEnd, @Nullable Boolean drafts) {

  /** @throws IllegalArgumentException when {@code maxTokens} is below -1 or a stop text is empty */
  public GenerationRequest {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(sampling, "sampling");
    stop = List.copyOf(stop);
    if (maxTokens < -1) {
      throw new IllegalArgumentException("maxTokens must be >= -1, got " + maxTokens);
    }
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop text must not be empty");
    }
  }

  /** Leaves {@link #drafts} to the engine. */
  public GenerationRequest(Prompt prompt, SamplingOptions sampling, int maxTokens, List<String> stop,
      boolean ignoreEnd) {
    this(prompt, sampling, maxTokens, stop, ignoreEnd, null);
  }

  /** Begins a request with defaults for everything but the prompt. */
  public static Builder builder(Prompt prompt) {
    return new Builder(prompt);
  }

  /** Collects the parts of a request. */
  public static final class Builder {
    private final Prompt prompt;
    private SamplingOptions sampling = SamplingOptions.unset();
    private int maxTokens = -1;
    private List<String> stop = List.of();
    private boolean ignoreEnd;
    private @Nullable Boolean drafts;

    private Builder(Prompt prompt) {
      this.prompt = prompt;
    }

    /** See {@link GenerationRequest#sampling}. */
    public Builder sampling(SamplingOptions value) {
      sampling = value;
      return this;
    }

    /** See {@link GenerationRequest#maxTokens}. */
    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    /** See {@link GenerationRequest#stop}. */
    public Builder stop(List<String> value) {
      stop = value;
      return this;
    }

    /** See {@link GenerationRequest#ignoreEnd}. */
    public Builder ignoreEnd(boolean value) {
      ignoreEnd = value;
      return this;
    }

    /** See {@link GenerationRequest#drafts}. */
    public Builder drafts(@Nullable Boolean value) {
      drafts = value;
      return this;
    }

    /** @throws IllegalArgumentException when a part is out of range */
    public GenerationRequest build() {
      return new GenerationRequest(prompt, sampling, maxTokens, stop, ignoreEnd, drafts);
    }
  }
}
