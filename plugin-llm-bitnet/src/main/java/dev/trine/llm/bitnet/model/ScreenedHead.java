/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.ScreenKernel;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.thread.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The largest logits without reading the whole head: a coarse copy of it, half the size of one in 8 bits, scores all tokens; those that can
 * be among the largest, given the bound of the scores' errors, are computed from the head itself.
 *
 * <p>
 * Let {@code n} logits matter. The tokens with the largest scores are computed first, {@code n} and some more; the {@code n}-th largest of
 * their logits is the threshold, which the {@code n} largest of all reach. Then every token is computed whose
 * {@code score + high * deviation} reaches it. One of the {@code n} largest logits is left out only when its score is too small by more than
 * {@code high} deviations. By Hoeffding's inequality, see {@link ScreenKernel}, and the union bound over the {@code n}, which are the same
 * whatever the errors, that is less likely than {@code 2 n exp(-high² / 2)}, {@value #MOST_FAILURES}. The probability is one over the
 * random rounding and not over the model: the bound holds for each hidden state, whatever the weights are. Errors are far smaller in fact.
 *
 * <p>
 * Belongs to one workspace; one thread at a time.
 */
final class ScreenedHead {

  /** How likely it is, at most, that a token is wrongly left out of the largest logits of one hidden state. */
  static final double MOST_FAILURES = 1e-6;
  /** Screening is given up for a while when more than this share of the rows is left. */
  private static final int MAX_SHARE = 4;
  private static final int EXACT_STEPS = 64;
  /** Beyond so many, the threshold would be low and finding it slow. */
  private static final int MAX_LARGEST = 256;
  /** So many tokens more than matter are computed for the threshold: the one with the largest score need not have the largest logit. */
  private static final int SPARE = 8;
  private static final int PARTS_OF_WORKER = 4;
  private static final int SMALLEST_PART = 4;
  /** Most hidden states at a time. */
  private static final int TILE_ROWS = 16;

  private final ScreenKernel kernel;
  private final ScreenMatrix matrix;
  private final DenseMatrix head;
  private final Workspace workspace;
  private final int stride;
  private final float[] scores;
  private final float[] deviations;
  private final float[] steps;
  private final MemorySegment tables;
  private final int[][] scratch;
  /** Row blocks of a part of the work, a whole panel or an even part of one. */
  private final int part;
  /** The tokens with the largest scores that each worker found. */
  private final LargestScores[][] largestScores;
  /** Logits of the tokens with the largest scores, {@code [rows][MAX_LARGEST + SPARE]}. */
  private final float[][] logitsOfLargest;
  private final float[] thresholds;
  /** How far above a score one of the largest logits may lie, in deviations, for each of the rows that are worked on. */
  private final float[] highs;
  private final int[] candidates;
  private final WorkerTeam.Task prepare = this::prepare;
  private final WorkerTeam.RangeTask score = this::score;
  private final WorkerTeam.RangeTask computeLargest = this::computeLargest;
  private final WorkerTeam.RangeTask refine = this::refine;
  /** How many logits matter to each row of a step, {@code [maxLogits]}. */
  private final int[] largest;
  /** The rows that are worked on: the first one and how many. */
  private int first;
  private int tokens;
  private int exactSteps;

  /**
   * @param kernel how it is computed
   * @param matrix the coarse copy of {@code head}
   * @param arena  owner of the tables
   */
  ScreenedHead(ScreenKernel kernel, ScreenMatrix matrix, DenseMatrix head, Workspace workspace, Arena arena) {
    this.kernel = kernel;
    this.matrix = matrix;
    this.head = head;
    this.workspace = workspace;
    int workers = workspace.team.workers();
    part = part(matrix.rowBlocks(), workers);
    int rows = Math.min(TILE_ROWS, workspace.maxLogits());
    stride = matrix.rowBlocks() * ScreenMatrix.BLOCK_ROWS;
    scores = new float[Math.multiplyExact(rows, stride)];
    deviations = new float[scores.length];
    steps = new float[rows];
    tables = arena.allocate(kernel.tableBytes(matrix.cols()) * rows, ScreenMatrix.ALIGNMENT);
    scratch = new int[workers][ScreenKernel.SCRATCH_INTS];
    largestScores = new LargestScores[workers][rows];
    for (LargestScores[] ofWorker : largestScores) {
      Arrays.setAll(ofWorker, row -> new LargestScores(MAX_LARGEST + SPARE));
    }
    logitsOfLargest = new float[rows][MAX_LARGEST + SPARE];
    thresholds = new float[rows];
    highs = new float[rows];
    candidates = new int[workers];
    largest = new int[workspace.maxLogits()];
  }

  /** As much of a panel as leaves every worker a few parts, but not so little that memory is read in pieces. */
  static int part(int rowBlocks, int workers) {
    int part = ScreenMatrix.PANEL_BLOCKS;
    while (part > SMALLEST_PART && rowBlocks < PARTS_OF_WORKER * workers * part) {
      part /= 2;
    }
    return part;
  }

  /**
   * What the errors of some scores stay below, in deviations and on one side, except with a probability of {@link #MOST_FAILURES}:
   * {@code 2 count exp(-k² / 2)} is that.
   */
  static float mostDeviations(int count) {
    return (float) Math.sqrt(2 * Math.log(2.0 * count / MOST_FAILURES));
  }

  /**
   * Computes the largest logits that a step wants from the workspace's {@code headInput}.
   *
   * @return false when all have to be computed: because more matter than can be told apart, activations are not finite or far from 1, or
   *     lately it took longer than computing all
   */
  boolean applyWhereItPays(Step step) {
    int rows = 0;
    for (int run = 0; run < step.runs(); run++) {
      int wanted = step.largest(run);
      if (step.logits(run) > 0 && (wanted == 0 || wanted > MAX_LARGEST)) {
        return false;
      }
      for (int i = 0; i < step.logits(run); i++) {
        largest[rows] = wanted;
        rows++;
      }
    }
    if (exactSteps > 0) {
      exactSteps--;
      return false;
    }
    long computed = apply(rows);
    if (computed > (long) rows * matrix.rows() / MAX_SHARE) {
      exactSteps = EXACT_STEPS;
    }
    return computed >= 0;
  }

  /** Computes the largest logits of the first rows of {@code headInput}; how many logits reached the threshold, or -1. */
  private long apply(int rows) {
    long computed = 0;
    for (int row = 0; row < rows; row += TILE_ROWS) {
      long found = apply(row, Math.min(TILE_ROWS, rows - row));
      if (found < 0) {
        return found;
      }
      computed += found;
    }
    return computed;
  }

  /**
   * Computes the largest logits of some rows of the workspace's {@code headInput}.
   *
   * @param largestOf for each row how many of the largest logits matter, 1..{@value #MAX_LARGEST}
   * @return how many logits reach the threshold, and were computed from the head; -1 when none was, since activations are not finite or too
   *     large or small for that
   */
  long apply(int rows, int[] largestOf) {
    System.arraycopy(largestOf, 0, largest, 0, rows);
    return apply(rows);
  }

  private long apply(int firstRow, int rows) {
    first = firstRow;
    tokens = rows;
    int cols = matrix.cols();
    for (int token = 0; token < rows; token++) {
      steps[token] = ScreenKernel.activationStep(workspace.headInput, (first + token) * cols, cols);
      if (!(steps[token] >= ScreenMatrix.SMALLEST_STEP && steps[token] <= ScreenMatrix.LARGEST_STEP)) {
        return -1;
      }
      highs[token] = mostDeviations(largest[first + token]);
    }
    workspace.team.run(prepare);
    for (LargestScores[] ofWorker : largestScores) {
      for (int token = 0; token < rows; token++) {
        ofWorker[token].clear(Math.min(largest[first + token] + SPARE, matrix.rows()));
      }
    }
    workspace.team.forEach(matrix.rowBlocks(), part, score);
    for (int token = 0; token < rows; token++) {
      LargestScores all = largestScores[0][token];
      for (int worker = 1; worker < largestScores.length; worker++) {
        all.addAll(largestScores[worker][token]);
      }
    }
    workspace.team.forEach(rows, 1, computeLargest);
    for (int token = 0; token < rows; token++) {
      thresholds[token] = threshold(token);
    }
    Arrays.fill(candidates, 0);
    workspace.team.forEach(matrix.rowBlocks(), part, refine);
    long computed = 0;
    for (int found : candidates) {
      computed += found;
    }
    return computed;
  }

  private void prepare(int worker, int workers) {
    int cols = matrix.cols();
    long tableBytes = kernel.tableBytes(cols);
    int from = WorkerTeam.from(worker, workers, matrix.colBlocks());
    int to = WorkerTeam.to(worker, workers, matrix.colBlocks());
    for (int token = 0; token < tokens; token++) {
      kernel.prepare(workspace.headInput, (first + token) * cols, cols, steps[token],
          tables.asSlice(token * tableBytes, tableBytes), from, to);
    }
  }

  private int firstRow(int block) {
    return Math.min(matrix.rows(), block * ScreenMatrix.BLOCK_ROWS);
  }

  private void score(int worker, int fromBlock, int toBlock) {
    kernel.multiply(matrix, tables, steps, tokens, scores, deviations, stride, fromBlock, toBlock, scratch[worker]);
    for (int token = 0; token < tokens; token++) {
      largestScores[worker][token].addAll(scores, token * stride, firstRow(fromBlock), firstRow(toBlock));
    }
  }

  private void computeLargest(int worker, int fromToken, int toToken) {
    for (int token = fromToken; token < toToken; token++) {
      LargestScores found = largestScores[0][token];
      float[] logits = workspace.logits[first + token];
      for (int i = 0; i < found.size(); i++) {
        int row = found.row(i);
        compute(token, row, logits);
        logitsOfLargest[token][i] = logits[row];
      }
    }
  }

  private void compute(int token, int row, float[] logits) {
    workspace.kernels.dense().multiply(head, workspace.headInput, (first + token) * matrix.cols(), logits, 0, row,
        row + 1);
  }

  /** What the upper bound of one of the largest logits reaches at least. */
  private float threshold(int token) {
    float[] logits = logitsOfLargest[token];
    int size = largestScores[0][token].size();
    Arrays.sort(logits, 0, size);
    return logits[size - Math.min(largest[first + token], size)];
  }

  private void refine(int worker, int fromBlock, int toBlock) {
    int from = firstRow(fromBlock);
    int to = firstRow(toBlock);
    int found = 0;
    for (int token = 0; token < tokens; token++) {
      float[] logits = workspace.logits[first + token];
      int at = token * stride;
      System.arraycopy(scores, at + from, logits, from, to - from);
      for (int row = from; row < to; row++) {
        if (scores[at + row] + highs[token] * deviations[at + row] >= thresholds[token]) {
          compute(token, row, logits);
          found++;
        }
      }
    }
    candidates[worker] += found;
  }
}
