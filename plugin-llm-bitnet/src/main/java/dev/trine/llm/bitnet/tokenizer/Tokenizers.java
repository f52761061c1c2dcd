/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Builds tokenizers. Every factory throws {@link PlatformException} with {@code MODEL_INVALID} for a file that contradicts itself or
 * cannot be read and {@code MODEL_UNSUPPORTED} for a kind of tokenizer that is not built, naming file, field and value.
 */
public final class Tokenizers {

  private Tokenizers() {}

  /**
   * The tokenizer of a Hugging Face model folder: tokenizer.json, or else the SentencePiece model tokenizer.model, and
   * tokenizer_config.json if there is one.
   */
  public static Tokenizer fromHuggingFace(Path folder) {
    Path json = folder.resolve("tokenizer.json");
    Path config = folder.resolve("tokenizer_config.json");
    TokenizerSettings settings = Files.isRegularFile(config) ? TokenizerSettings.read(config) : TokenizerSettings.NONE;
    if (Files.isRegularFile(json)) {
      return HuggingFaceTokenizer.build(TokenizerJson.read(json), settings);
    }
    Path model = folder.resolve("tokenizer.model");
    if (!Files.isRegularFile(model)) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID,
          folder + ": has neither tokenizer.json nor tokenizer.model");
    }
    return SentencePieceModel.read(model, settings);
  }

  /** The tokenizer of a single tokenizer.json. */
  public static Tokenizer fromTokenizerJson(Path file) {
    return HuggingFaceTokenizer.build(TokenizerJson.read(file), TokenizerSettings.NONE);
  }

  /** The tokenizer of a SentencePiece model file of type BPE. */
  public static Tokenizer fromSentencePieceModel(Path file) {
    return SentencePieceModel.read(file, TokenizerSettings.NONE);
  }

  /**
   * The tokenizer of a GGUF file.
   *
   * @param fileName for messages
   */
  public static Tokenizer fromGguf(String fileName, GgufVocabulary vocabulary) {
    return GgufTokenizer.build(fileName, vocabulary);
  }

  /**
   * The tokenizer of a llama2.c vocabulary file.
   *
   * @param vocabularySize the number of tokens that the model has
   */
  public static Tokenizer fromLlama2c(Path file, int vocabularySize) {
    return Llama2cTokenizer.read(file, vocabularySize);
  }
}
