/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.llm.bitnet.draft.DraftLengths;
import dev.trine.llm.bitnet.draft.StepCosts;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decides what a step evaluates: one token of every sequence that generates, then parts of prompts in turn, and drafts in the room
 * that is left. When memory runs short, the youngest sequences are paused until the oldest can go on.
 */
final class StepPlanner {

  private final PageSupply supply;
  private final int maxTokens;
  private final int maxLogits;
  private final ChunkSize chunkSize;
  private final DraftLengths draftLengths;
  private final Step step = new Step();
  private final List<Sequence> members = new ArrayList<>();
  private final List<Sequence> prompts = new ArrayList<>();
  private final List<Sequence> drafting = new ArrayList<>();
  /** The number of the sequence whose prompt had the latest turn. */
  private long latestTurn = -1;
  private int generatingCount;
  private int promptTokens;

  StepPlanner(PageSupply supply, int maxTokens, int maxLogits, int maxDrafts, ChunkSize chunkSize, StepCosts costs) {
    this.supply = supply;
    this.maxTokens = maxTokens;
    this.maxLogits = maxLogits;
    this.chunkSize = chunkSize;
    this.draftLengths = new DraftLengths(costs, maxDrafts);
  }

  /** The step that was planned. */
  Step step() {
    return step;
  }

  /** The sequences in it. */
  List<Sequence> members() {
    return members;
  }

  /** How many of its tokens belong to prompts. */
  int promptTokens() {
    return promptTokens;
  }

  /** Lets go of the sequences of the last step. */
  void clear() {
    step.clear();
    members.clear();
    prompts.clear();
    draftLengths.clear();
    drafting.clear();
  }

  /**
   * Plans the next step.
   *
   * @param active all sequences that have pages, the oldest first
   * @param pause  takes the youngest of them out
   * @return whether there is anything to evaluate; with sequences there is, unless the system has no memory for even the oldest
   */
  boolean plan(List<Sequence> active, Consumer<Sequence> pause) {
    while (true) {
      clear();
      active.forEach(Sequence::planNothing);
      planGenerating(active, pause);
      generatingCount = members.size();
      planPrompts(active);
      if (!members.isEmpty() || active.size() <= 1) {
        break;
      }
      pause.accept(active.getLast());
    }
    planDrafts();
    fillStep();
    return !members.isEmpty();
  }

  private void planGenerating(List<Sequence> active, Consumer<Sequence> pause) {
    for (int i = 0; i < active.size() && members.size() < maxTokens; i++) {
      Sequence sequence = active.get(i);
      if (!sequence.generating()) {
        continue;
      }
      boolean reserved = supply.reserve(sequence.cache, 1);
      while (!reserved && active.getLast() != sequence) {
        pause.accept(active.getLast());
        reserved = supply.reserve(sequence.cache, 1);
      }
      if (reserved) {
        sequence.plan(1);
        members.add(sequence);
      } else if (active.size() > 1) {
        pause.accept(sequence);
      }
    }
  }

  private void planPrompts(List<Sequence> active) {
    prompts.clear();
    for (Sequence sequence : active) {
      if (!sequence.generating()) {
        adoptWhatIsNew(sequence);
        if (!waitsForAnother(sequence)) {
          prompts.add(sequence);
        }
      }
    }
    promptTokens = 0;
    int room = Math.min(chunkSize.tokens(generatingCount > 0), maxTokens - generatingCount);
    int logits = maxLogits - generatingCount;
    int turn = firstTurn();
    for (int idle = 0; room > 0 && idle < prompts.size(); turn++) {
      Sequence sequence = prompts.get(turn % prompts.size());
      int more = Math.min(Math.min(ChunkSize.TILE, room), sequence.pending() - sequence.planned());
      if (sequence.planned() + more == sequence.pending() && logits == 0) {
        more--;
      }
      more = reserve(sequence, more);
      if (more <= 0) {
        idle++;
        continue;
      }
      idle = 0;
      if (sequence.planned() == 0) {
        members.add(sequence);
      }
      sequence.plan(sequence.planned() + more);
      logits -= sequence.planned() == sequence.pending() ? 1 : 0;
      room -= more;
      promptTokens += more;
      latestTurn = sequence.number;
    }
  }

  /** Takes over what others have evaluated of the same text in the meantime. */
  private void adoptWhatIsNew(Sequence sequence) {
    if (sequence.searchedVersion() != supply.tree().version()) {
      sequence.searched(supply.tree().version());
      int before = sequence.cache.length();
      if (supply.tree().adopt(sequence.cache, sequence.tokens(), sequence.length() - 1)) {
        sequence.adopted(sequence.cache.length() - before);
      }
    }
  }

  /** Whether an older sequence is about to evaluate the same pages that this one needs next. */
  private boolean waitsForAnother(Sequence sequence) {
    int[] tokens = sequence.tokens();
    for (Sequence older : prompts) {
      int limit = Math.min(older.length(), sequence.length() - 1);
      int mismatch = Arrays.mismatch(older.tokens(), 0, limit, tokens, 0, limit);
      int common = (mismatch < 0 ? limit : mismatch) / PagePool.PAGE_TOKENS * PagePool.PAGE_TOKENS;
      if (common > sequence.cache.length() && common > older.cache.length()) {
        return true;
      }
    }
    return false;
  }

  /** The sequence after the one that had the latest turn. */
  private int firstTurn() {
    for (int i = 0; i < prompts.size(); i++) {
      if (prompts.get(i).number > latestTurn) {
        return i;
      }
    }
    return 0;
  }

  /** Room for further tokens of a prompt; how many there is room for. */
  private int reserve(Sequence sequence, int count) {
    for (int more = count; more > 0; more /= 2) {
      if (supply.reserve(sequence.cache, sequence.planned() + more)) {
        return more;
      }
    }
    return 0;
  }

  private void planDrafts() {
    draftLengths.clear();
    drafting.clear();
    int tokens = generatingCount + promptTokens;
    int logits = generatingCount;
    for (Sequence sequence : members) {
      if (!sequence.generating()) {
        logits += sequence.neededLogits();
        if (sequence.draftLimit() > 0) {
          // By the time that it generates, a long prompt has been taken in.
          sequence.lookUp();
        }
      } else if (mayDraft(sequence)) {
        draftLengths.add(sequence, sequence.draftLimit());
        drafting.add(sequence);
      }
    }
    if (drafting.isEmpty()) {
      return;
    }
    draftLengths.decide(generatingCount, tokens, Math.min(maxTokens - tokens, maxLogits - logits));
    for (int i = 0; i < drafting.size(); i++) {
      Sequence sequence = drafting.get(i);
      int count = draftLengths.length(i);
      if (count > 0 && supply.reserveSpare(sequence.cache, 1 + count)) {
        sequence.draft(count);
      }
    }
  }

  /** Beside parts of prompts, which fill the kernels' tiles, another token costs what it computes: guesses do not pay. */
  private boolean mayDraft(Sequence sequence) {
    return sequence.draftLimit() > 0 && sequence.lookUp() && (promptTokens == 0 || sequence.acceptance(0) >= 1);
  }

  private void fillStep() {
    int row = 0;
    for (Sequence sequence : members) {
      int rows = sequence.neededLogits();
      step.add(sequence.cache, sequence.tokens(), sequence.cache.length(), sequence.planned(), rows,
          sequence.request.sampler().neededLogits());
      sequence.assignLogits(row, rows);
      row += rows;
    }
  }
}
