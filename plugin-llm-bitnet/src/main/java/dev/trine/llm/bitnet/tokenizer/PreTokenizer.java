/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step that splits text into the pieces that byte-pair encoding works on. */
sealed interface PreTokenizer {

  /** Splits one piece and appends the parts. */
  void split(Piece piece, List<Piece> parts);

  /**
   * A piece of text.
   *
   * @param atTextStart whether it begins where the whole text begins
   */
  record Piece(String text, boolean atTextStart) {}

  /** Applies steps in order, each to every piece of the step before. */
  static List<Piece> applyAll(List<PreTokenizer> steps, Piece piece) {
    List<Piece> pieces = List.of(piece);
    for (PreTokenizer step : steps) {
      var parts = new ArrayList<Piece>();
      for (Piece whole : pieces) {
        step.split(whole, parts);
      }
      pieces = parts;
    }
    return pieces;
  }

  /** What becomes of the matches of a splitting pattern. */
  enum Behavior {
    REMOVED, ISOLATED, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT, CONTIGUOUS
  }

  /**
   * Splits at the matches of a pattern.
   *
   * @param inverted whether the text between matches takes the part of the matches
   */
  record Split(TokenPattern pattern, Behavior behavior, boolean inverted) implements PreTokenizer {

    /** Each match, and each stretch between matches, on its own. */
    static Split isolated(TokenPattern pattern) {
      return new Split(pattern, Behavior.ISOLATED, false);
    }

    @Override
    public void split(Piece piece, List<Piece> parts) {
      String text = piece.text();
      var stretches = new Stretches();
      pattern.forEachMatch(text, (start, end) -> {
        stretches.add(start, inverted);
        stretches.add(end, !inverted);
      });
      stretches.add(text.length(), inverted);
      int start = 0;
      for (int i = 0; i < stretches.size; i++) {
        int end = stretches.ends[i];
        boolean match = stretches.matches[i];
        boolean last = i + 1 == stretches.size;
        boolean joinsNext = !last && switch (behavior) {
          case REMOVED, ISOLATED -> false;
          // A match joins what is before it, unless that is a match too.
          case MERGED_WITH_PREVIOUS -> !match && stretches.matches[i + 1];
          case MERGED_WITH_NEXT -> match && !stretches.matches[i + 1];
          case CONTIGUOUS -> match == stretches.matches[i + 1];
        };
        if (joinsNext) {
          continue;
        }
        if (!match || behavior != Behavior.REMOVED) {
          parts.add(new Piece(text.substring(start, end), piece.atTextStart() && start == 0));
        }
        start = end;
      }
    }
  }

  /** Adjacent stretches from the start of a text, empty ones left out. */
  final class Stretches {
    private int[] ends = new int[16];
    private boolean[] matches = new boolean[16];
    private int size;

    private void add(int end, boolean match) {
      if (end == (size == 0 ? 0 : ends[size - 1])) {
        return;
      }
      if (size == ends.length) {
        ends = Arrays.copyOf(ends, 2 * size);
        matches = Arrays.copyOf(matches, 2 * size);
      }
      ends[size] = end;
      matches[size++] = match;
    }
  }

  /**
   * Writes pieces in the byte alphabet.
   *
   * @param addPrefixSpace whether a piece that does not begin with a space gets one
   * @param pattern splits first, if there is one
   */
  record ByteLevelMapping(boolean addPrefixSpace, @Nullable TokenPattern pattern) implements PreTokenizer {
    @Override
    public void split(Piece piece, List<Piece> parts) {
      boolean prefix = addPrefixSpace && !piece.text().startsWith(" ");
      Piece whole = prefix ? new Piece(" " + piece.text(), piece.atTextStart()) : piece;
      var unmapped = new ArrayList<Piece>();
      if (pattern == null) {
        unmapped.add(whole);
      } else {
        Split.isolated(pattern).split(whole, unmapped);
      }
      for (Piece part : unmapped) {
        parts.add(new Piece(ByteLevel.encode(part.text()), part.atTextStart()));
      }
    }
  }

  /** Where SentencePiece's space goes before a text. */
  enum PrependScheme {
    ALWAYS, FIRST, NEVER
  }

  /**
   * SentencePiece's way with spaces.
   *
   * @param replacement what stands for a space
   * @param words whether to split before each replacement; null: not at all
   */
  record Metaspace(String replacement, PrependScheme scheme, @Nullable TokenPattern words) implements PreTokenizer {
    @Override
    public void split(Piece piece, List<Piece> parts) {
      String text = piece.text().replace(" ", replacement);
      boolean wanted = switch (scheme) {
        case ALWAYS -> true;
        case FIRST -> piece.atTextStart();
        case NEVER -> false;
      };
      if (wanted && !text.startsWith(replacement)) {
        text = replacement + text;
      }
      var whole = new Piece(text, piece.atTextStart());
      if (words == null) {
        parts.add(whole);
      } else {
        new Split(words, Behavior.MERGED_WITH_NEXT, false).split(whole, parts);
      }
    }
  }
}
