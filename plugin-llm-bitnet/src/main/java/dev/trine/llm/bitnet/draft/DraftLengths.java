/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

import java.util.Arrays;

/**
 * Shares out a step's room for drafts among sequences. The k-th draft of a sequence is worth {@code p_1 p_2 ... p_k} tokens where the i-th is
 * right with probability {@code p_i} if those before it are, for all before it must be right too; the best number of drafts in all is the
 * one with the most tokens per measured time. Allocates nothing once it is made. One thread at a time.
 */
public final class DraftLengths {

  /** What is known of the guesses of a sequence. */
  @FunctionalInterface
  public interface Guesses {
    /**
     * Probability that a guess is right.
     *
     * @param index which of the guesses, from 0 on, those before it being right
     * @return 1 or more for the first to draft whatever it costs
     */
    double acceptance(int index);
  }

  /** Drafts of a sequence that always drafts. */
  public static final int ALWAYS = 8;

  /** Gains below this are noise. */
  private static final double LEAST_GAIN = 1.02;
  /** Guesses at least this likely are tried now and then although the costs speak against it. */
  private static final double WORTH_A_TRIAL = 0.5;
  /** In one of so many steps the opposite of what seems best is done, for costs change and what is not measured is not known. */
  private static final int TRIAL_INTERVAL = 64;
  private static final int TRIAL_DRAFTS = 4;
  /** In the place of a sequence that is gone. */
  private static final Guesses NONE = index -> 0;

  private final StepCosts costs;
  private final int maxDrafts;
  private Guesses[] guesses = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
  private int[] limits = new int[8];
  private int[] lengths = new int[8];
  /** Value of the next draft of each sequence, in tokens. */
  private double[] values = new double[8];
  /** Which sequence each draft went to. */
  private final int[] picks;
  private int count;
  private int decisions;

  /** @param maxDrafts most drafts in a step */
  public DraftLengths(StepCosts costs, int maxDrafts) {
    this.costs = costs;
    this.maxDrafts = maxDrafts;
    this.picks = new int[maxDrafts];
  }

  /** Begins a step, and lets go of the sequences of the last one. */
  public void clear() {
    Arrays.fill(guesses, 0, count, NONE);
    count = 0;
  }

  /**
   * Adds a sequence that may have drafts.
   *
   * @param ofSequence its guesses
   * @param limit      most drafts that it can have
   * @return its number, from 0 on
   */
  public int add(Guesses ofSequence, int limit) {
    if (count == guesses.length) {
      guesses = Arrays.copyOf(guesses, 2 * count);
      limits = Arrays.copyOf(limits, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    guesses[count] = ofSequence;
    limits[count] = limit;
    lengths[count] = 0;
    return count++;
  }

  /** How many drafts a sequence has, after {@link #decide}. */
  public int length(int sequence) {
    return lengths[sequence];
  }

  /**
   * Decides.
   *
   * @param generating how many tokens the step brings without drafts
   * @param tokens     how many it evaluates without drafts
   * @param room       most drafts that fit
   */
  public void decide(int generating, int tokens, int room) {
    int left = giveAlways(Math.min(room, maxDrafts));
    int forced = Math.min(room, maxDrafts) - left;
    if (left > 0 && count > 0) {
      giveWhereItPays(generating, tokens + forced, left);
    }
  }

  private int giveAlways(int room) {
    int left = room;
    for (int sequence = 0; sequence < count; sequence++) {
      if (guesses[sequence].acceptance(0) >= 1) {
        lengths[sequence] = Math.min(Math.min(ALWAYS, limits[sequence]), left);
        limits[sequence] = 0;
        left -= lengths[sequence];
      }
    }
    return left;
  }

  private void giveWhereItPays(int generating, int tokens, int room) {
    double base = costs.nanos(tokens);
    if (base <= 0) {
      return;
    }
    for (int sequence = 0; sequence < count; sequence++) {
      values[sequence] = limits[sequence] > 0 ? guesses[sequence].acceptance(0) : 0;
    }
    double gained = 0;
    double bestRate = generating / base * LEAST_GAIN;
    int best = 0;
    int given = 0;
    while (given < room) {
      int sequence = mostValuable();
      if (values[sequence] <= 0) {
        break;
      }
      gained += values[sequence];
      take(sequence, given);
      given++;
      double rate = (generating + gained) / costs.nanos(tokens + given);
      if (rate > bestRate) {
        bestRate = rate;
        best = given;
      }
    }
    if (given > 0 && isTrial()) {
      best = best > 0 ? 0 : guesses[picks[0]].acceptance(0) >= WORTH_A_TRIAL ? Math.min(given, TRIAL_DRAFTS) : 0;
    }
    while (given > best) {
      given--;
      lengths[picks[given]]--;
    }
  }

  private int mostValuable() {
    int most = 0;
    for (int sequence = 1; sequence < count; sequence++) {
      if (values[sequence] > values[most]) {
        most = sequence;
      }
    }
    return most;
  }

  private void take(int sequence, int pick) {
    picks[pick] = sequence;
    lengths[sequence]++;
    values[sequence] *= lengths[sequence] < limits[sequence] ? guesses[sequence].acceptance(lengths[sequence]) : 0;
  }

  private boolean isTrial() {
    decisions++;
    return decisions % TRIAL_INTERVAL == 0;
  }
}
