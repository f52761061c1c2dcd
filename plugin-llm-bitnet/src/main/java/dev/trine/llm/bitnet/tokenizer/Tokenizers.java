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

  /** The tokenizer of a Hugging Face model folder: tokenizer.json, and tokenizer_config.json if there is one. */
  public static Tokenizer fromHuggingFace(Path folder) {
    Path json = folder.resolve("tokenizer.json");
    Path config = folder.resolve("tokenizer_config.json");
    TokenizerSettings settings = Files.isRegularFile(config) ? TokenizerSettings.read(config) : TokenizerSettings.NONE;
    if (!Files.isRegularFile(json)) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, folder + ": no tokenizer.json");
    }
    return HuggingFaceTokenizer.build(TokenizerJson.read(json), settings);
  }

  /** The tokenizer of a single tokenizer.json. */
  public static Tokenizer fromTokenizerJson(Path file) {
    return HuggingFaceTokenizer.build(TokenizerJson.read(file), TokenizerSettings.NONE);
  }
}
