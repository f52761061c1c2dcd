/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.KeyValueLayout;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Causal grouped-query attention (Ainslie et al., 2023) over the KV cache, for all tokens of a step. Belongs to a
 * {@link Workspace}.
 *
 * <p>Positions are cut into parts of {@value #PART_POSITIONS}. Each token and head has a softmax of its own in each part, and
 * these are put together in the order of positions with online softmax (Milakov and Gimelshein, 2018; Dao et al., 2022). The
 * bits of a result depend on its position and its sequence alone: not on the number of workers, nor on the tokens and sequences
 * that are evaluated with it.
 *
 * <p>Work is shared out by tile of tokens and head of keys, so that keys and values are read once for all query heads of the
 * group; when these are few, as in decoding, by part as well.
 */
final class Attention implements WorkerTeam.Task {

  /** Positions with a softmax of their own. */
  static final int PART_POSITIONS = 256;

  /** Rows, tokens times query heads of a group, that go together; their scores fit the second-level cache. */
  private static final int TILE_ROWS = 32;

  /** With fewer units of work than this for each worker, they are cut into parts. */
  private static final int UNITS_PER_WORKER = 4;

  /** Most floats to put aside for results of parts; beyond, units are not cut. */
  private static final long MOST_PART_FLOATS = 1 << 23;

  private final ModelConfig config;
  private final AttentionKernel kernel;
  private final int group;
  private final int tileTokens;
  private final float scale;
  private final Scratch[] scratch;

  // The tiles of the step, each some consecutive tokens of one sequence.
  private final SequenceCache[] tileCache;
  private final int[] tileRow;
  private final int[] tileCount;
  private final int[] tilePosition;
  /** Number of parts of all tiles before; one entry more than tiles. */
  private final int[] tileFirstPart;
  private int tiles;

  // What is computed at present.
  private int layer;
  private float[] queries = {};
  private int queryStride;
  private float[] output = {};
  private boolean inParts;
  private final AtomicInteger nextItem = new AtomicInteger();
  /** Parts of each unit that are still to be computed. */
  private AtomicIntegerArray unfinished = new AtomicIntegerArray(0);
  private Partial parts;

  /**
   * Scratch memory for steps of any content.
   *
   * @param maxTokens largest number of tokens of a step
   */
  Attention(ModelConfig config, AttentionKernel kernel, int workers, int maxTokens) {
    this.config = config;
    this.kernel = kernel;
    this.group = config.headCount() / config.kvHeadCount();
    this.tileTokens = Math.max(1, TILE_ROWS / group);
    this.scale = (float) (1 / Math.sqrt(config.headDim()));
    int rows = tileTokens * group;
    int valueDim = Math.ceilDiv(config.headDim(), KeyValueLayout.POSITIONS) * KeyValueLayout.POSITIONS;
    this.scratch = new Scratch[workers];
    for (int worker = 0; worker < workers; worker++) {
      scratch[worker] = new Scratch(rows, config.headDim(), valueDim);
    }
    this.parts = new Partial(0, valueDim);
    this.tileCache = new SequenceCache[maxTokens];
    this.tileRow = new int[maxTokens];
    this.tileCount = new int[maxTokens];
    this.tilePosition = new int[maxTokens];
    this.tileFirstPart = new int[maxTokens + 1];
  }

  /** Softmax results of a number of rows before division: largest score, sum of exponentials, weighted sum of values. */
  private static final class Partial {
    private final int valueDim;
    private final float[] max;
    private final float[] sum;
    private final float[] values;

    Partial(int rows, int valueDim) {
      this.valueDim = valueDim;
      this.max = new float[rows];
      this.sum = new float[rows];
      this.values = new float[rows * valueDim];
    }

    /** Takes in the results of the part of positions that follows. */
    void merge(int row, Partial next, int nextRow) {
      int at = row * valueDim;
      int nextAt = nextRow * valueDim;
      if (next.max[nextRow] <= max[row]) {
        float factor = (float) Math.exp(next.max[nextRow] - max[row]);
        sum[row] += next.sum[nextRow] * factor;
        for (int i = 0; i < valueDim; i++) {
          values[at + i] += next.values[nextAt + i] * factor;
        }
      } else {
        float factor = (float) Math.exp(max[row] - next.max[nextRow]);
        max[row] = next.max[nextRow];
        sum[row] = sum[row] * factor + next.sum[nextRow];
        for (int i = 0; i < valueDim; i++) {
          values[at + i] = values[at + i] * factor + next.values[nextAt + i];
        }
      }
    }
  }

  /** What one worker needs. */
  private static final class Scratch {
    /** Scaled queries, {@code [rows, headDim]}. */
    private final float[] queries;
    /** {@code [rows, PART_POSITIONS]}. */
    private final float[] scores;
    /** Result so far, and that of the part at hand. */
    private final Partial total;
    private final Partial part;

    Scratch(int rows, int headDim, int valueDim) {
      queries = new float[rows * headDim];
      scores = new float[rows * PART_POSITIONS];
      total = new Partial(rows, valueDim);
      part = new Partial(rows, valueDim);
    }
  }

  /** Looks at the step once for all layers. Its caches have not been advanced yet. */
  void begin(Step step, int workers) {
    tiles = 0;
    int row = 0;
    for (int run = 0; run < step.runs(); run++) {
      SequenceCache cache = step.cache(run);
      for (int token = 0; token < step.count(run); token += tileTokens) {
        int count = Math.min(tileTokens, step.count(run) - token);
        tileCache[tiles] = cache;
        tileRow[tiles] = row + token;
        tileCount[tiles] = count;
        tilePosition[tiles] = cache.length() + token;
        tileFirstPart[tiles + 1] = tileFirstPart[tiles] + Math.ceilDiv(tilePosition[tiles] + count, PART_POSITIONS);
        tiles++;
      }
      row += step.count(run);
    }
    int units = tiles * config.kvHeadCount();
    int rows = tileFirstPart[tiles] * config.kvHeadCount() * tileTokens * group;
    inParts = workers > 1 && units < UNITS_PER_WORKER * workers && tileFirstPart[tiles] > tiles
        && (long) rows * parts.valueDim <= MOST_PART_FLOATS;
    if (inParts) {
      if (parts.max.length < rows) {
        parts = new Partial(Math.max(rows, 2 * parts.max.length), parts.valueDim);
      }
      if (unfinished.length() < units) {
        unfinished = new AtomicIntegerArray(units);
      }
    }
  }

  /** Lets go of the step's caches. */
  void end() {
    Arrays.fill(tileCache, 0, tiles, null);
    tiles = 0;
  }

  /**
   * Attends from all tokens of the step, whose keys and values are already in their caches.
   *
   * @param fromQueries {@code [tokens, queryStride]}, the first {@code queryDim} of each row are read
   * @param toOutput    {@code [tokens, queryDim]}
   */
  void apply(WorkerTeam team, int ofLayer, float[] fromQueries, int stride, float[] toOutput) {
    layer = ofLayer;
    queries = fromQueries;
    queryStride = stride;
    output = toOutput;
    nextItem.set(0);
    if (inParts) {
      for (int tile = 0; tile < tiles; tile++) {
        for (int kvHead = 0; kvHead < config.kvHeadCount(); kvHead++) {
          unfinished.set(tile * config.kvHeadCount() + kvHead, tileFirstPart[tile + 1] - tileFirstPart[tile]);
        }
      }
    }
    team.run(this);
  }

  @Override
  public void run(int worker, int workers) {
    int kvHeads = config.kvHeadCount();
    int items = (inParts ? tileFirstPart[tiles] : tiles) * kvHeads;
    int tile = 0;
    for (int item = nextItem.getAndIncrement(); item < items; item = nextItem.getAndIncrement()) {
      if (inParts) {
        while (item >= tileFirstPart[tile + 1] * kvHeads) {
          tile++;
        }
        // A head's parts one after the other, as they lie in the pages.
        int tileParts = tileFirstPart[tile + 1] - tileFirstPart[tile];
        int inTile = item - tileFirstPart[tile] * kvHeads;
        attendInParts(scratch[worker], tile, inTile / tileParts, inTile % tileParts, tileParts);
      } else {
        attend(scratch[worker], item / kvHeads, item % kvHeads);
      }
    }
  }

  /** One unit from its first part to its last. */
  private void attend(Scratch own, int tile, int kvHead) {
    packQueries(own, tile, kvHead);
    int tileParts = tileFirstPart[tile + 1] - tileFirstPart[tile];
    attendPart(own, tile, kvHead, 0, own.total, 0);
    for (int part = 1; part < tileParts; part++) {
      attendPart(own, tile, kvHead, part, own.part, 0);
      for (int row = firstRow(tile, part); row < tileCount[tile] * group; row++) {
        own.total.merge(row, own.part, row);
      }
    }
    write(own.total, 0, tile, kvHead);
  }

  /** One part of a unit; whoever computes the last one puts them together. */
  private void attendInParts(Scratch own, int tile, int kvHead, int part, int tileParts) {
    packQueries(own, tile, kvHead);
    int rows = tileTokens * group;
    int firstSlot = tileFirstPart[tile] * config.kvHeadCount() + kvHead * tileParts;
    attendPart(own, tile, kvHead, part, parts, (firstSlot + part) * rows);
    if (unfinished.decrementAndGet(tile * config.kvHeadCount() + kvHead) == 0) {
      for (int next = 1; next < tileParts; next++) {
        for (int row = firstRow(tile, next); row < tileCount[tile] * group; row++) {
          parts.merge(firstSlot * rows + row, parts, (firstSlot + next) * rows + row);
        }
      }
      write(parts, firstSlot * rows, tile, kvHead);
    }
  }

  /** Row {@code token * group + head of the group}, with the scores' scale worked in. */
  private void packQueries(Scratch own, int tile, int kvHead) {
    int headDim = config.headDim();
    for (int token = 0; token < tileCount[tile]; token++) {
      int from = (tileRow[tile] + token) * queryStride + kvHead * group * headDim;
      int to = token * group * headDim;
      for (int i = 0; i < group * headDim; i++) {
        own.queries[to + i] = queries[from + i] * scale;
      }
    }
  }

  /** The first row of a tile that sees anything of a part: its token stands at or behind the part's first position. */
  private int firstRow(int tile, int part) {
    return Math.max(0, part * PART_POSITIONS - tilePosition[tile]) * group;
  }

  private void attendPart(Scratch own, int tile, int kvHead, int part, Partial into, int intoRow) {
    SequenceCache cache = tileCache[tile];
    PagePool pool = cache.pool();
    KeyValueLayout layout = pool.layout();
    long offset = pool.offset(layer, kvHead);
    int firstPosition = part * PART_POSITIONS;
    int firstPage = firstPosition / PagePool.PAGE_TOKENS;
    int firstRow = firstRow(tile, part);
    int rows = tileCount[tile] * group - firstRow;
    int positions = Math.min(PART_POSITIONS, tilePosition[tile] + tileCount[tile] - firstPosition);
    int blocks = PagePool.pagesFor(positions);
    kernel.scores(layout, cache.memory(), firstPage, blocks, offset, own.queries, firstRow * config.headDim(), rows,
        own.scores, 0, PART_POSITIONS);
    for (int row = 0; row < rows; row++) {
      int position = tilePosition[tile] + (firstRow + row) / group;
      int visible = Math.min(PART_POSITIONS, position + 1 - firstPosition);
      int padded = PagePool.pagesFor(visible) * PagePool.PAGE_TOKENS;
      int at = row * PART_POSITIONS;
      Arrays.fill(own.scores, at + visible, at + padded, Float.NEGATIVE_INFINITY);
      kernel.exponentials(own.scores, at, padded, into.max, into.sum, intoRow + firstRow + row);
      Arrays.fill(own.scores, at + padded, at + blocks * PagePool.PAGE_TOKENS, 0);
    }
    int valueAt = (intoRow + firstRow) * into.valueDim;
    Arrays.fill(into.values, valueAt, valueAt + rows * into.valueDim, 0);
    kernel.addValues(layout, cache.memory(), firstPage, positions, offset, own.scores, 0, PART_POSITIONS, rows,
        into.values, valueAt);
  }

  private void write(Partial from, int fromRow, int tile, int kvHead) {
    int headDim = config.headDim();
    for (int token = 0; token < tileCount[tile]; token++) {
      for (int head = 0; head < group; head++) {
        int row = fromRow + token * group + head;
        int at = (tileRow[tile] + token) * config.queryDim() + (kvHead * group + head) * headDim;
        float factor = 1f / from.sum[row];
        for (int i = 0; i < headDim; i++) {
          output[at + i] = from.values[row * from.valueDim + i] * factor;
        }
      }
    }
  }
}
