/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tokenizer.ggml.*} metadata of a GGUF file, as read and unchecked; {@link Tokenizers#fromGguf} checks it. Lists and arrays
 * are not copied and must not change afterwards.
 */
public final class GgufVocabulary {
  private final Builder values;

  private GgufVocabulary(Builder values) {
    this.values = values;
  }

  /**
   * Begins with what every vocabulary has.
   *
   * @param model {@code tokenizer.ggml.model}, such as {@code gpt2} or {@code llama}
   * @param tokens {@code tokenizer.ggml.tokens}: the bytes of each token, which need not be UTF-8
   */
  public static Builder builder(String model, List<byte[]> tokens) {
    return new Builder(model, tokens);
  }

  String model() {
    return values.model;
  }

  List<byte[]> tokens() {
    return values.tokens;
  }

  @Nullable
  String preTokenizer() {
    return values.preTokenizer;
  }

  float @Nullable [] scores() {
    return values.scores;
  }

  int @Nullable [] types() {
    return values.types;
  }

  @Nullable
  List<byte[]> merges() {
    return values.merges;
  }

  @Nullable
  Integer beginOfTextId() {
    return values.beginOfTextId;
  }

  @Nullable
  Integer endOfTextId() {
    return values.endOfTextId;
  }

  @Nullable
  Integer endOfTurnId() {
    return values.endOfTurnId;
  }

  @Nullable
  Integer endOfMessageId() {
    return values.endOfMessageId;
  }

  @Nullable
  Integer unknownId() {
    return values.unknownId;
  }

  @Nullable
  Boolean addBeginOfText() {
    return values.addBeginOfText;
  }

  @Nullable
  Boolean addEndOfText() {
    return values.addEndOfText;
  }

  @Nullable
  Boolean addSpacePrefix() {
    return values.addSpacePrefix;
  }

  /** Collects the keys that a file has; what is not set is absent. */
  public static final class Builder {
    private final String model;
    private final List<byte[]> tokens;
    private @Nullable String preTokenizer;
    private float @Nullable [] scores;
    private int @Nullable [] types;
    private @Nullable List<byte[]> merges;
    private @Nullable Integer beginOfTextId;
    private @Nullable Integer endOfTextId;
    private @Nullable Integer endOfTurnId;
    private @Nullable Integer endOfMessageId;
    private @Nullable Integer unknownId;
    private @Nullable Boolean addBeginOfText;
    private @Nullable Boolean addEndOfText;
    private @Nullable Boolean addSpacePrefix;

    private Builder(String model, List<byte[]> tokens) {
      this.model = model;
      this.tokens = tokens;
    }

    /** {@code tokenizer.ggml.pre}. */
    public Builder preTokenizer(@Nullable String value) {
      preTokenizer = value;
      return this;
    }

    /** {@code tokenizer.ggml.scores}, one a token. */
    public Builder scores(float @Nullable [] value) {
      scores = value;
      return this;
    }

    /**
     * {@code tokenizer.ggml.token_type}, one a token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
     */
    public Builder types(int @Nullable [] value) {
      types = value;
      return this;
    }

    /** {@code tokenizer.ggml.merges}: two tokens with a space between, in UTF-8. */
    public Builder merges(@Nullable List<byte[]> value) {
      merges = value;
      return this;
    }

    /** {@code tokenizer.ggml.bos_token_id}. */
    public Builder beginOfTextId(@Nullable Integer value) {
      beginOfTextId = value;
      return this;
    }

    /** {@code tokenizer.ggml.eos_token_id}. */
    public Builder endOfTextId(@Nullable Integer value) {
      endOfTextId = value;
      return this;
    }

    /** {@code tokenizer.ggml.eot_token_id}. */
    public Builder endOfTurnId(@Nullable Integer value) {
      endOfTurnId = value;
      return this;
    }

    /** {@code tokenizer.ggml.eom_token_id}. */
    public Builder endOfMessageId(@Nullable Integer value) {
      endOfMessageId = value;
      return this;
    }

    /** {@code tokenizer.ggml.unknown_token_id}. */
    public Builder unknownId(@Nullable Integer value) {
      unknownId = value;
      return this;
    }

    /** {@code tokenizer.ggml.add_bos_token}. */
    public Builder addBeginOfText(@Nullable Boolean value) {
      addBeginOfText = value;
      return this;
    }

    /** {@code tokenizer.ggml.add_eos_token}. */
    public Builder addEndOfText(@Nullable Boolean value) {
      addEndOfText = value;
      return this;
    }

    /** {@code tokenizer.ggml.add_space_prefix}. */
    public Builder addSpacePrefix(@Nullable Boolean value) {
      addSpacePrefix = value;
      return this;
    }

    /** The vocabulary; the builder must not be used afterwards. */
    public GgufVocabulary build() {
      return new GgufVocabulary(this);
    }
  }
}
