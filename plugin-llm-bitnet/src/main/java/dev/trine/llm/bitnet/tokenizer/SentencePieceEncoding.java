/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a SentencePiece BPE vocabulary into byte-pair merges: two symbols merge when their concatenation is a piece, the piece with the
 * highest score first, the leftmost of equals. Every way to cut a piece in two is therefore a merge whose rank is that of its score.
 */
final class SentencePieceEncoding {
  /** Bounds the time to cut all pieces; real vocabularies need about a hundredth. */
  private static final long MOST_CUTTING_WORK = 1L << 30;

  private final String file;
  private final List<ScoredPiece> pieces;
  private final Map<String, Integer> mergeable = new HashMap<>();
  /** Pieces and the code points that occur in pieces, by text. */
  private final Map<String, Integer> symbols = new HashMap<>();
  private final Map<Integer, Integer> codePointSymbols = new HashMap<>();

  private SentencePieceEncoding(String file, List<ScoredPiece> pieces) {
    this.file = file;
    this.pieces = pieces;
  }

  /**
   * The encoder of a vocabulary.
   *
   * @param unknownToken -1 when there is none
   */
  static BytePairEncoder encoder(String file, List<ScoredPiece> pieces, int unknownToken) {
    return new SentencePieceEncoding(file, pieces).encoder(unknownToken);
  }

  private BytePairEncoder encoder(int unknownToken) {
    long work = 0;
    for (int id = 0; id < pieces.size(); id++) {
      ScoredPiece piece = pieces.get(id);
      if (piece.kind() == TokenKind.NORMAL && piece.isMatchable()) {
        mergeable.put(piece.text(), id);
        work += (long) piece.text().length() * piece.text().length();
      }
    }
    if (work > MOST_CUTTING_WORK) {
      throw TokenizerLimits.invalid(file, "vocabulary", "has too many long pieces");
    }
    symbols.putAll(mergeable);
    mergeable.keySet().forEach(text -> text.codePoints().forEach(codePoint -> {
      String character = Character.toString(codePoint);
      int symbol = symbols.computeIfAbsent(character, _ -> pieces.size() + symbols.size() - mergeable.size());
      codePointSymbols.put(codePoint, symbol);
    }));
    return new BytePairEncoder(pieces.size(), codePointSymbols, merges(), null, byteTokens(), unknownToken, true);
  }

  private LongTable merges() {
    Map<Float, Integer> ranks = ranks();
    var merges = new LongTable();
    mergeable.forEach((text, id) -> {
      int rank = ranks.getOrDefault(pieces.get(id).score() + 0f, 0);
      for (int cut = text.offsetByCodePoints(0, 1); cut < text.length(); cut = text.offsetByCodePoints(cut, 1)) {
        Integer left = symbols.get(text.substring(0, cut));
        Integer right = symbols.get(text.substring(cut));
        if (left != null && right != null) {
          merges.put(LongTable.key(left, right), LongTable.key(rank, id));
        }
      }
    });
    return merges;
  }

  /** 0 for the highest score; equal scores have equal ranks. */
  private Map<Float, Integer> ranks() {
    var scores = new float[pieces.size()];
    for (int id = 0; id < scores.length; id++) {
      // Adding zero makes -0 equal to 0.
      scores[id] = pieces.get(id).score() + 0f;
    }
    Arrays.sort(scores);
    var ranks = new HashMap<Float, Integer>();
    for (int i = scores.length - 1; i >= 0; i--) {
      ranks.putIfAbsent(scores[i], ranks.size());
    }
    return ranks;
  }

  private int[] byteTokens() {
    var tokens = new int[256];
    Arrays.fill(tokens, BytePairEncoder.NO_TOKEN);
    for (int id = 0; id < pieces.size(); id++) {
      int value = TokenDecoding.byteValue(pieces.get(id).text());
      if (pieces.get(id).kind() == TokenKind.BYTE && value >= 0) {
        tokens[value] = id;
      }
    }
    return tokens;
  }
}
