/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.sampling.Sampler;
import java.util.BitSet;
import java.util.List;

/**
 * Chooses the next tokens of every sequence in a step, the sequences shared out among the workers. Drafts are checked on the way:
 * as long as what is chosen equals the draft, the next row of logits is what would have been computed after it. So the same
 * tokens are chosen with drafts as without them, greedy or not.
 */
final class TokenSampling {

  private final StepEvaluator evaluator;
  private final WorkerTeam team;
  private final BitSet endTokens;
  private final WorkerTeam.Task share = this::sampleShare;
  private List<Sequence> members = List.of();

  TokenSampling(StepEvaluator evaluator, WorkerTeam team, BitSet endTokens) {
    this.evaluator = evaluator;
    this.team = team;
    this.endTokens = endTokens;
  }

  /** Chooses for all that have logits; what fails for one of them is left with it. */
  void sample(List<Sequence> sequences, int logitRows) {
    members = sequences;
    if (logitRows == 0) {
      return;
    }
    if (sequences.size() == 1) {
      sampleShare(0, 1);
    } else {
      team.run(share);
    }
  }

  private void sampleShare(int worker, int workers) {
    for (int i = worker; i < members.size(); i += workers) {
      Sequence sequence = members.get(i);
      try {
        sample(sequence);
      } catch (RuntimeException | Error e) {
        sequence.failed(e);
      }
    }
  }

  private void sample(Sequence sequence) {
    Sampler sampler = sequence.request.sampler();
    int rows = sequence.logitRows();
    for (int row = 0; row < rows; row++) {
      int token = sampler.sample(evaluator.logits(sequence.firstLogit() + row));
      sequence.sampled(token);
      if (isEnd(sequence, token)) {
        return;
      }
      sampler.accept(token);
      if (row < sequence.drafted() && sequence.draftToken(row) != token) {
        return;
      }
    }
  }

  /** Whether a token ends the sequence's text, rather than being part of it. */
  boolean isEnd(Sequence sequence, int token) {
    return !sequence.request.ignoreEnd() && endTokens.get(token);
  }
}
