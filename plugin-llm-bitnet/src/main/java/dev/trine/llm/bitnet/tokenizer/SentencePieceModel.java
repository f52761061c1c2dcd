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
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Reads a SentencePiece model of type BPE with the identity normalisation, which is what language models use. The file is a protocol
 * buffer; the field numbers are those of SentencePiece's {@code sentencepiece_model.proto}.
 */
final class SentencePieceModel {
  private static final long LARGEST_FILE = 128L << 20;
  private static final int BPE = 2;
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final String file;
  private final List<ScoredPiece> pieces = new ArrayList<>();
  private long modelType = 1;
  private int unknownToken = 0;
  private int beginOfText = 1;
  private int endOfText = 2;
  private boolean addPrefixSpace = true;
  private boolean removeExtraSpaces = true;
  private boolean escapeSpaces = true;
  private boolean spaceAsSuffix;
  private boolean hasCharacterMap;

  private SentencePieceModel(String file) {
    this.file = file;
  }

  /** Builds the tokenizer of a model file and the settings beside it. */
  static Tokenizer read(Path path, TokenizerSettings settings) {
    String file = path.toString();
    var model = new SentencePieceModel(file);
    try {
      if (Files.size(path) > LARGEST_FILE) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            "%s: %d bytes; at most %d are read".formatted(file, Files.size(path), LARGEST_FILE));
      }
      model.readMessage(ByteBuffer.wrap(Files.readAllBytes(path)), model::readTop);
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": cannot be read: " + e, e);
    }
    return model.build(settings);
  }

  private Tokenizer build(TokenizerSettings settings) {
    if (modelType != BPE) {
      throw TokenizerLimits.unsupported(file, "trainer_spec.model_type", "is " + modelType + ", expected 2 (BPE)");
    }
    if (hasCharacterMap || removeExtraSpaces || !escapeSpaces || spaceAsSuffix) {
      throw TokenizerLimits.unsupported(file, "normalizer_spec",
          "is not the identity; only models that keep text and spaces as they are can be read");
    }
    addTokens(settings.addedTokens());
    checkId("trainer_spec.unk_id", unknownToken);
    checkId("trainer_spec.bos_id", beginOfText);
    checkId("trainer_spec.eos_id", endOfText);
    var before = new ArrayList<Integer>();
    var after = new ArrayList<Integer>();
    if (beginOfText >= 0 && settings.addBeginOfText().orElse(true)) {
      before.add(beginOfText);
    }
    if (endOfText >= 0 && settings.addEndOfText().orElse(false)) {
      after.add(endOfText);
    }
    var ending = new LinkedHashSet<Integer>();
    for (int id = 0; id < pieces.size(); id++) {
      if (id == endOfText || (pieces.get(id).kind() == TokenKind.CONTROL
          && SpecialTokens.END_OF_GENERATION_NAMES.contains(pieces.get(id).text()))) {
        ending.add(id);
      }
    }
    return SentencePieceTokenizer.build(file, pieces,
        new SentencePieceTokenizer.Spacing(SentencePieceTokenizer.SPACE, addPrefixSpace, true), unknownToken,
        new SpecialTokens(beginOfText, ending, before, after), List.of());
  }

  /** Tokens that the settings number on from the model's. */
  private void addTokens(List<AddedToken> addedTokens) {
    for (AddedToken token : addedTokens.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList()) {
      if (token.id() < pieces.size()) {
        continue;
      }
      while (pieces.size() < token.id()) {
        pieces.add(new ScoredPiece(new byte[0], 0, TokenKind.UNUSED));
      }
      pieces.add(new ScoredPiece(token.content().getBytes(StandardCharsets.UTF_8), 0,
          token.control() ? TokenKind.CONTROL : TokenKind.USER_DEFINED));
    }
  }

  private void checkId(String field, int id) {
    if (id < -1 || id >= pieces.size()) {
      throw TokenizerLimits.invalid(file, field, "is " + id + "; the vocabulary ends at " + (pieces.size() - 1));
    }
  }

  /** Receives the fields of a message; {@code value} is set for numbers, {@code bytes} for all else. */
  @FunctionalInterface
  private interface FieldReader {
    void field(int number, long value, ByteBuffer bytes);
  }

  private void readTop(int field, long value, ByteBuffer bytes) {
    switch (field) {
      case 1 -> readPiece(bytes);
      case 2 -> readMessage(bytes, this::readTrainer);
      case 3 -> readMessage(bytes, this::readNormalizer);
      default -> {
      }
    }
  }

  private void readPiece(ByteBuffer message) {
    if (pieces.size() == TokenizerLimits.MOST_TOKENS) {
      throw TokenizerLimits.invalid(file, "pieces", "has more than " + TokenizerLimits.MOST_TOKENS + " entries");
    }
    var text = new byte[][]{new byte[0]};
    var score = new float[1];
    var type = new long[]{1};
    readMessage(message, (field, value, bytes) -> {
      switch (field) {
        case 1 -> {
          text[0] = new byte[bytes.remaining()];
          bytes.get(text[0]);
        }
        case 2 -> score[0] = Float.intBitsToFloat((int) value);
        case 3 -> type[0] = value;
        default -> {
        }
      }
    });
    pieces.add(new ScoredPiece(text[0], score[0], kind(type[0])));
  }

  private TokenKind kind(long type) {
    if (type < 1 || type > 6) {
      throw TokenizerLimits.invalid(file, "pieces[" + pieces.size() + "].type", "is " + type + ", expected 1 to 6");
    }
    return switch ((int) type) {
      case 2 -> TokenKind.UNKNOWN;
      case 3 -> TokenKind.CONTROL;
      case 4 -> TokenKind.USER_DEFINED;
      case 5 -> TokenKind.UNUSED;
      case 6 -> TokenKind.BYTE;
      default -> TokenKind.NORMAL;
    };
  }

  private void readTrainer(int field, long value, ByteBuffer bytes) {
    switch (field) {
      case 3 -> modelType = value;
      case 24 -> spaceAsSuffix = value != 0;
      case 40 -> unknownToken = (int) value;
      case 41 -> beginOfText = (int) value;
      case 42 -> endOfText = (int) value;
      default -> {
      }
    }
  }

  private void readNormalizer(int field, long value, ByteBuffer bytes) {
    switch (field) {
      case 2 -> hasCharacterMap = bytes.hasRemaining();
      case 3 -> addPrefixSpace = value != 0;
      case 4 -> removeExtraSpaces = value != 0;
      case 5 -> escapeSpaces = value != 0;
      default -> {
      }
    }
  }

  private void readMessage(ByteBuffer message, FieldReader reader) {
    message.order(ByteOrder.LITTLE_ENDIAN);
    var nothing = ByteBuffer.allocate(0);
    while (message.hasRemaining()) {
      long key = varint(message);
      int field = (int) (key >>> 3);
      switch ((int) (key & 7)) {
        case VARINT -> reader.field(field, varint(message), nothing);
        case FIXED64 -> {
          require(message, Long.BYTES);
          reader.field(field, message.getLong(), nothing);
        }
        case FIXED32 -> {
          require(message, Integer.BYTES);
          reader.field(field, message.getInt(), nothing);
        }
        case BYTES -> {
          long length = varint(message);
          require(message, length);
          ByteBuffer bytes = message.slice(message.position(), (int) length);
          message.position(message.position() + (int) length);
          reader.field(field, 0, bytes);
        }
        default -> throw TokenizerLimits.invalid(file, "field " + field, "has the wire type " + (key & 7));
      }
    }
  }

  private long varint(ByteBuffer message) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      require(message, 1);
      byte part = message.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw TokenizerLimits.invalid(file, "a number", "has more than ten bytes");
  }

  private void require(ByteBuffer message, long bytes) {
    if (bytes < 0 || bytes > message.remaining()) {
      throw TokenizerLimits.invalid(file, "a field", "of " + bytes + " bytes ends behind its message");
    }
  }
}
