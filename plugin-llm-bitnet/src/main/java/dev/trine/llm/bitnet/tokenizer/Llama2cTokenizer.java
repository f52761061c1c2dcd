/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads the vocabulary files of llama2.c: an int32 with the length of the longest token, then a float32 score, an int32 length and the
 * bytes of each token, little-endian. Pieces write spaces as spaces; tokens 0 to 2 are unknown, begin and end of text, 3 to 258 bytes.
 */
final class Llama2cTokenizer {
  private static final long LARGEST_FILE = 128L << 20;
  private static final int UNKNOWN = 0;
  private static final int BEGIN_OF_TEXT = 1;
  private static final int END_OF_TEXT = 2;
  private static final int FIRST_BYTE = 3;
  private static final int AFTER_BYTES = FIRST_BYTE + 256;

  private Llama2cTokenizer() {}

  static Tokenizer read(Path path, int vocabularySize) {
    String file = path.toString();
    if (vocabularySize < AFTER_BYTES || vocabularySize > TokenizerLimits.MOST_TOKENS) {
      throw TokenizerLimits.invalid(file, "vocabulary size", "is " + vocabularySize + ", expected " + AFTER_BYTES
          + " to " + TokenizerLimits.MOST_TOKENS);
    }
    ByteBuffer buffer;
    try {
      if (Files.size(path) > LARGEST_FILE) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "%s: %d bytes; at most %d are read".formatted(file, Files.size(path), LARGEST_FILE));
      }
      buffer = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": cannot be read: " + e, e);
    }
    // Training texts follow one another with a beginning in between, so that it ends a text as well.
    var specialTokens = new SpecialTokens(BEGIN_OF_TEXT, Set.of(BEGIN_OF_TEXT, END_OF_TEXT), List.of(BEGIN_OF_TEXT),
        List.of());
    return SentencePieceTokenizer.build(file, pieces(file, buffer, vocabularySize),
        new SentencePieceTokenizer.Spacing(" ", true, false), UNKNOWN, specialTokens, List.of());
  }

  private static List<ScoredPiece> pieces(String file, ByteBuffer buffer, int vocabularySize) {
    require(file, buffer, 0, Integer.BYTES);
    buffer.getInt();
    var pieces = new ArrayList<ScoredPiece>();
    for (int id = 0; id < vocabularySize; id++) {
      require(file, buffer, id, Float.BYTES + Integer.BYTES);
      float score = buffer.getFloat();
      int length = buffer.getInt();
      require(file, buffer, id, length);
      var bytes = new byte[length];
      buffer.get(bytes);
      TokenKind kind = id == UNKNOWN
          ? TokenKind.UNKNOWN
          : id < FIRST_BYTE ? TokenKind.CONTROL : id < AFTER_BYTES ? TokenKind.BYTE : TokenKind.NORMAL;
      if (kind == TokenKind.BYTE) {
        String expected = "<0x%02X>".formatted(id - FIRST_BYTE);
        if (!new String(bytes, StandardCharsets.UTF_8).equals(expected)) {
          throw TokenizerLimits.invalid(file, "token " + id,
              "is " + Quoted.of(new String(bytes, StandardCharsets.UTF_8)) + ", expected " + Quoted.of(expected));
        }
      }
      pieces.add(new ScoredPiece(bytes, score, kind));
    }
    if (buffer.hasRemaining()) {
      throw TokenizerLimits.invalid(file, "vocabulary",
          "has more than the " + vocabularySize + " tokens of the model");
    }
    return pieces;
  }

  private static void require(String file, ByteBuffer buffer, int id, int bytes) {
    if (bytes < 0 || bytes > buffer.remaining()) {
      throw TokenizerLimits.invalid(file, "token " + id,
          "needs " + bytes + " bytes at offset " + buffer.position() + "; " + buffer.remaining() + " are left");
    }
  }
}
