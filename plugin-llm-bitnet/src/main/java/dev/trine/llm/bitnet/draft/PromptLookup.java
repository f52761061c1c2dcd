/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

/**
 * Guesses how a text goes on by what followed when its latest tokens stood in it before (prompt lookup decoding, Saxena, 2023):
 * summaries, edits and structured answers repeat their prompt. It keeps count of how often the guess for the very next token was
 * right, also while no drafts are made, so that what they are worth is always known. One sequence, one thread.
 */
public final class PromptLookup {

  /** Tokens that are taken in at a time: a millisecond or two, which other sequences wait. */
  static final int PIECE = 4096;

  private static final int SHORT = 2;
  private static final int LONG = 4;
  /** Match lengths are not told apart beyond this. */
  private static final int LONGEST = 16;
  /** How much of an estimate each further observation leaves: the latest 20 or so count. */
  private static final double DECAY = 0.95;
  /** How many observations the first guess of an estimate weighs as much as. */
  private static final double PRIOR_WEIGHT = 2;
  /** First guesses of how often a token follows a match of 2 or 3, of 4 to 7, of 8 to 15, and of 16 or more tokens again. */
  private static final double[] PRIORS = {0.3, 0.6, 0.8, 0.9};

  private final NGramIndex shortRuns = new NGramIndex(SHORT);
  private final NGramIndex longRuns = new NGramIndex(LONG);
  private final double[] hits = new double[PRIORS.length];
  private final double[] trials = new double[PRIORS.length];
  /** How many tokens have been taken in. */
  private int length;
  /** Whether there are more. */
  private boolean behind;
  /** Position of the guess for the next token; 0 when there is none. */
  private int guess;
  /** How many tokens before the guess equal the latest ones, up to {@link #LONGEST}. */
  private int matched;

  /** An empty text. */
  public PromptLookup() {}

  /**
   * Takes in what has been added to the text since the last time; of a long text a piece, and further calls take in the rest. Until then
   * there are no guesses.
   *
   * @param tokens    the whole text, of which what was there before has not changed
   * @param newLength how many of them count
   * @param counted   how many of the latest ones tell whether guesses are right; those of a prompt do not
   */
  public void update(int[] tokens, int newLength, int counted) {
    int until = Math.min(newLength, length + PIECE);
    for (int end = length + 1; end <= until; end++) {
      accept(tokens, end, end > newLength - counted);
    }
    length = until;
    behind = until < newLength;
  }

  private void accept(int[] tokens, int end, boolean counts) {
    boolean continues = false;
    if (guess > 0) {
      continues = tokens[guess] == tokens[end - 1];
      if (counts) {
        int kind = kind(matched);
        hits[kind] = hits[kind] * DECAY + (continues ? 1 : 0);
        trials[kind] = trials[kind] * DECAY + 1;
      }
    }
    int afterLong = longRuns.replace(tokens, end);
    int afterShort = shortRuns.replace(tokens, end);
    if (continues) {
      guess++;
      matched = Math.min(matched + 1, LONGEST);
      if (matched >= LONG) {
        return;
      }
    }
    // The latest place is the likeliest, and more tokens in common are worth more than a later place.
    int found = afterLong > 0 ? afterLong : continues ? guess : afterShort;
    guess = found;
    matched = found > 0 ? matchLength(tokens, found, end) : 0;
  }

  private static int matchLength(int[] tokens, int earlier, int end) {
    int limit = Math.min(LONGEST, earlier);
    int same = 0;
    while (same < limit && tokens[earlier - 1 - same] == tokens[end - 1 - same]) {
      same++;
    }
    return same;
  }

  private static int kind(int matchLength) {
    return matchLength < LONG ? 0 : matchLength < 2 * LONG ? 1 : matchLength < LONGEST ? 2 : 3;
  }

  /** Whether there is a guess. */
  public boolean hasGuess() {
    return guess > 0 && !behind;
  }

  /**
   * How often, of 1, a guess is right that is made now; 0 without one.
   *
   * @param index which of the guesses, from 0 on: that those before it are right makes the match as much longer
   */
  public double acceptance(int index) {
    if (!hasGuess()) {
      return 0;
    }
    int kind = kind(matched + index);
    return (hits[kind] + PRIOR_WEIGHT * PRIORS[kind]) / (trials[kind] + PRIOR_WEIGHT);
  }

  /**
   * Writes guesses for the next tokens behind the text.
   *
   * @param tokens the text that {@link #update} saw, with room for {@code count} more
   * @param count  how many
   * @return how many were written: {@code count}, or 0 without a guess
   */
  public int draft(int[] tokens, int count) {
    if (!hasGuess()) {
      return 0;
    }
    for (int i = 0; i < count; i++) {
      // May run into what was just written: a text that repeats itself goes on repeating itself.
      tokens[length + i] = tokens[guess + i];
    }
    return count;
  }
}
