/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Byte-pair encoding of pieces: code points become symbols, merges join them, what is left are tokens. */
final class BytePairEncoder {
  static final int NO_TOKEN = -1;

  /** Pieces that are one token whatever the merges say. */
  @FunctionalInterface
  interface WholePieces {
    /** The token of a piece, NO_TOKEN if it is none. */
    int idOf(String piece);
  }

  private static final int LONGEST_CACHED_PIECE = 64;
  private static final int MOST_CACHED_PIECES = 16_384;
  private static final int DIRECT_SYMBOLS = 1_024;

  private final int vocabularySize;
  private final LongTable merges;
  /** The symbols of the first code points; NO_TOKEN where there is none. */
  private final int[] directSymbols = new int[DIRECT_SYMBOLS];
  private final Map<Integer, Integer> otherSymbols = new HashMap<>();
  /** The code points of the symbols from {@code vocabularySize} on, which are in tokens but are no tokens. */
  private final int[] partialCodePoints;
  private final @Nullable WholePieces wholePieces;
  private final int @Nullable [] byteTokens;
  private final int unknownToken;
  private final boolean fuseUnknown;
  private final Map<String, int[]> cache = new ConcurrentHashMap<>();

  /**
   * An encoder.
   *
   * @param vocabularySize symbols below this are tokens
   * @param symbols the symbol of each code point that has one; those from {@code vocabularySize} on are numbered without gaps
   * @param merges from {@code key(left, right)} to {@code key(rank, merged symbol)}
   * @param wholePieces pieces that are one token whatever the merges say; null: none
   * @param byteTokens the tokens of the 256 bytes, for code points without a symbol, NO_TOKEN where one is missing; null: none
   * @param unknownToken the token for what nothing else can spell; NO_TOKEN: such text is left out
   * @param fuseUnknown whether adjacent unknown code points are one unknown token
   */
  BytePairEncoder(int vocabularySize, Map<Integer, Integer> symbols, LongTable merges,
      @Nullable WholePieces wholePieces, int @Nullable [] byteTokens, int unknownToken, boolean fuseUnknown) {
    this.vocabularySize = vocabularySize;
    this.merges = merges;
    this.wholePieces = wholePieces;
    this.byteTokens = byteTokens;
    this.unknownToken = unknownToken;
    this.fuseUnknown = fuseUnknown;
    Arrays.fill(directSymbols, NO_TOKEN);
    int symbolCount = vocabularySize;
    for (Map.Entry<Integer, Integer> symbol : symbols.entrySet()) {
      if (symbol.getKey() < DIRECT_SYMBOLS) {
        directSymbols[symbol.getKey()] = symbol.getValue();
      } else {
        otherSymbols.put(symbol.getKey(), symbol.getValue());
      }
      symbolCount = Math.max(symbolCount, symbol.getValue() + 1);
    }
    partialCodePoints = new int[symbolCount - vocabularySize];
    symbols.forEach((codePoint, symbol) -> {
      if (symbol >= vocabularySize) {
        partialCodePoints[symbol - vocabularySize] = codePoint;
      }
    });
  }

  /** Appends the tokens of a piece. */
  void encode(String piece, TokenIds ids) {
    if (piece.isEmpty()) {
      return;
    }
    int whole = wholePieces == null ? NO_TOKEN : wholePieces.idOf(piece);
    if (whole != NO_TOKEN) {
      ids.add(whole);
      return;
    }
    if (piece.length() > LONGEST_CACHED_PIECE) {
      encodeUncached(piece, ids);
      return;
    }
    int[] known = cache.get(piece);
    if (known != null) {
      ids.addAll(known);
      return;
    }
    int start = ids.size();
    encodeUncached(piece, ids);
    if (cache.size() < MOST_CACHED_PIECES) {
      cache.put(piece, ids.toArray(start));
    }
  }

  /**
   * Appends the tokens of a piece by merging.
   *
   * @return the number of possible merges that were looked at
   */
  long encodeUncached(String piece, TokenIds ids) {
    var symbols = new SymbolList(piece.length());
    boolean afterUnknown = false;
    for (int i = 0; i < piece.length();) {
      int codePoint = piece.codePointAt(i);
      i += Character.charCount(codePoint);
      int symbol = symbolOf(codePoint);
      if (symbol != NO_TOKEN) {
        symbols.add(symbol);
        afterUnknown = false;
      } else {
        afterUnknown = addUnknown(codePoint, afterUnknown, symbols::add);
      }
    }
    symbols.merge(merges);
    afterUnknown = false;
    for (int i = 0; i < symbols.size(); i++) {
      int symbol = symbols.symbol(i);
      if (symbol < vocabularySize) {
        ids.add(symbol);
        afterUnknown = false;
      } else {
        afterUnknown = addUnknown(partialCodePoints[symbol - vocabularySize], afterUnknown, ids::add);
      }
    }
    return symbols.examinedMerges();
  }

  private int symbolOf(int codePoint) {
    return codePoint < DIRECT_SYMBOLS ? directSymbols[codePoint] : otherSymbols.getOrDefault(codePoint, NO_TOKEN);
  }

  /** Spells a code point in bytes or as the unknown token; returns whether the latter. */
  private boolean addUnknown(int codePoint, boolean afterUnknown, IntConsumer consumer) {
    if (byteTokens != null) {
      byte[] utf8 = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
      boolean complete = true;
      for (byte value : utf8) {
        complete &= byteTokens[value & 0xFF] != NO_TOKEN;
      }
      if (complete) {
        for (byte value : utf8) {
          consumer.accept(byteTokens[value & 0xFF]);
        }
        return false;
      }
    }
    if (unknownToken != NO_TOKEN && !(fuseUnknown && afterUnknown)) {
      consumer.accept(unknownToken);
    }
    return unknownToken != NO_TOKEN;
  }
}
