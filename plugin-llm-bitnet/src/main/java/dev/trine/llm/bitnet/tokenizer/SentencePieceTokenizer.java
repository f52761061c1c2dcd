/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Builds a tokenizer from a SentencePiece BPE vocabulary, whatever file it was in. */
final class SentencePieceTokenizer {
  /** What SentencePiece writes for a space: U+2581. */
  static final String SPACE = "\u2581";

  /**
   * How a vocabulary treats spaces.
   *
   * @param space what pieces write for a space
   * @param prefixSpace whether a text begins with a space that it does not have
   * @param prefixBeforeUserDefined whether that space goes before a user-defined token too, and only once, as SentencePiece does it;
   *        otherwise every stretch between tokens gets one, as llama.cpp and Hugging Face do it
   */
  record Spacing(String space, boolean prefixSpace, boolean prefixBeforeUserDefined) {}

  private SentencePieceTokenizer() {}

  /**
   * Builds a tokenizer.
   *
   * @param file the file's name, for messages
   * @param unknownToken -1 when there is none
   */
  static Tokenizer build(String file, List<ScoredPiece> pieces, Spacing spacing, int unknownToken,
      SpecialTokens specialTokens, List<String> warnings) {
    checkPieces(file, pieces);
    var inText = new AddedTokenMatcher();
    var inNormalizedText = new AddedTokenMatcher();
    var entries = new ArrayList<Vocabulary.Entry>();
    for (int id = 0; id < pieces.size(); id++) {
      ScoredPiece piece = pieces.get(id);
      boolean userDefined = piece.kind() == TokenKind.USER_DEFINED;
      if ((userDefined || piece.kind().isControl()) && piece.isMatchable()
          && piece.text().length() <= AddedTokenMatcher.LONGEST_CONTENT) {
        AddedToken token = AddedToken.plain(id, piece.text(), !userDefined);
        if (userDefined && spacing.prefixBeforeUserDefined()) {
          inNormalizedText.add(piece.text().replace(" ", spacing.space()), token);
        } else {
          inText.add(piece.text(), token);
        }
      }
      entries.add(new Vocabulary.Entry(piece, rendering(piece, spacing.space())));
    }
    return new BytePairTokenizer(new Vocabulary(entries), new BytePairTokenizer.AddedTokens(inText, inNormalizedText),
        normalizers(file, spacing), List.of(), SentencePieceEncoding.encoder(file, pieces, unknownToken),
        spacing.prefixSpace() ? new LeadingSpace.Stripped(1) : new LeadingSpace.Kept(), specialTokens, warnings);
  }

  private static List<TextNormalizer> normalizers(String file, Spacing spacing) {
    var steps = new ArrayList<TextNormalizer>();
    if (spacing.prefixSpace()) {
      steps.add(new TextNormalizer.Prepend(spacing.space()));
    }
    if (!spacing.space().equals(" ")) {
      steps.add(new TextNormalizer.Replace(TokenPattern.literal(" ", file), spacing.space()));
    }
    return steps;
  }

  private static byte[] rendering(ScoredPiece piece, String space) {
    if (piece.kind() == TokenKind.BYTE) {
      int value = TokenDecoding.byteValue(piece.text());
      return value < 0 ? piece.bytes() : new byte[]{(byte) value};
    }
    return piece.isMatchable() && piece.text().contains(space)
        ? piece.text().replace(space, " ").getBytes(StandardCharsets.UTF_8)
        : piece.bytes();
  }

  /** Checks what every vocabulary with scores must satisfy. */
  private static void checkPieces(String file, List<ScoredPiece> pieces) {
    checkUnique(file, pieces);
    for (int id = 0; id < pieces.size(); id++) {
      if (!Float.isFinite(pieces.get(id).score())) {
        throw TokenizerLimits.invalid(file, "score of token " + id, "is " + pieces.get(id).score());
      }
    }
  }

  /** Checks size and texts of a vocabulary. */
  static void checkUnique(String file, List<ScoredPiece> pieces) {
    if (pieces.isEmpty() || pieces.size() > TokenizerLimits.MOST_TOKENS) {
      throw TokenizerLimits.invalid(file, "vocabulary", "has " + pieces.size() + " tokens, expected 1 to "
          + TokenizerLimits.MOST_TOKENS);
    }
    var texts = new ByteTable(pieces.size());
    for (int id = 0; id < pieces.size(); id++) {
      ScoredPiece piece = pieces.get(id);
      if (piece.bytes().length > TokenizerLimits.LONGEST_TOKEN_BYTES) {
        throw TokenizerLimits.invalid(file, "token " + id, "has " + piece.bytes().length + " bytes; at most "
            + TokenizerLimits.LONGEST_TOKEN_BYTES + " are read");
      }
      if (piece.isMatchable() && !texts.putIfAbsent(piece.bytes(), id)) {
        throw TokenizerLimits.invalid(file, "token " + id, "has the text " + Quoted.of(piece.text())
            + " of an earlier one");
      }
    }
  }
}
