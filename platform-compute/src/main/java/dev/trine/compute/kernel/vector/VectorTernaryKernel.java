/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.KernelChecks;
import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.TileScratch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;

import static dev.trine.compute.kernel.TernaryMatrix.BLOCK_ROWS;

/**
 * Ternary products: whole tiles of tokens by {@link FourRussians}, the tokens that remain one by one by
 * {@link TernaryDecode}, unless they are so many that a tile with empty places is faster. Tables hold the tiles' inputs
 * first, then the single tokens' tables.
 */
final class VectorTernaryKernel implements TernaryKernel {

  private static final int MAX_TOKENS = 128;

  /** Blocks whose weights stay in the second-level cache while one token after the other is multiplied with them. */
  private static final int CACHED_BLOCKS = 32;

  /**
   * A part of so many blocks of rows reads 40 kB in a row, chunk by chunk. With 12 kB, the hardware begins to prefetch anew so often that
   * memory is read a third slower.
   */
  private static final int SMALLEST_PART = 10;
  /** For a tile each part computes tables anew. */
  private static final int SMALLEST_PART_OF_TILE = 18;

  private final TernaryDecode decode;
  private final TernaryLayout layout;
  private final int mostSingles;

  /**
   * A kernel for the layout of its decode method.
   *
   * @param tileCost what a tile costs, in single tokens
   */
  VectorTernaryKernel(TernaryDecode decode, int tileCost) {
    this.decode = decode;
    this.layout = decode.layout();
    this.mostSingles = Math.min(tileCost, TokenTile.TOKENS - 1);
  }

  @Override
  public TernaryLayout layout() {
    return layout;
  }

  @Override
  public int tileTokens() {
    return MAX_TOKENS;
  }

  /** Tiles that so many tokens fill, the last one possibly not quite. */
  private int tiles(int tokens) {
    int rest = tokens % TokenTile.TOKENS;
    return tokens / TokenTile.TOKENS + (rest > mostSingles ? 1 : 0);
  }

  private long tileInputBytes(int cols) {
    return (long) layout.chunks(cols) * TokenTile.chunkBytes(layout);
  }

  private long singleTableBytes(int cols) {
    return (long) layout.chunks(cols) * decode.chunkTableBytes();
  }

  /** The most that up to so many tokens need: fewer may need more, because single tokens need more than tiles. */
  @Override
  public long tableBytes(int cols, int tokens) {
    int tiles = tokens / TokenTile.TOKENS + (tokens > mostSingles ? 1 : 0);
    return tiles * tileInputBytes(cols) + Math.min(tokens, mostSingles) * singleTableBytes(cols);
  }

  @Override
  public void prepare(byte[] q, int offset, int stride, int tokens, int cols, MemorySegment tables, int fromChunk,
      int toChunk) {
    KernelChecks.prepare(this, q, offset, stride, tokens, cols, tables, fromChunk, toChunk);
    Memory.begin();
    try {
      int tiles = tiles(tokens);
      int chunkInputBytes = TokenTile.chunkBytes(layout);
      long singles = Memory.address(tables) + tiles * tileInputBytes(cols);
      for (int chunk = fromChunk; chunk < toChunk; chunk++) {
        int col = chunk * layout.chunkCols();
        int count = Math.min(layout.chunkCols(), cols - col);
        for (int tile = 0; tile < tiles; tile++) {
          int first = tile * TokenTile.TOKENS;
          TokenTile.prepareChunk(layout, q, offset + first * stride + col, stride,
              Math.min(TokenTile.TOKENS, tokens - first), count,
              Memory.address(tables) + tile * tileInputBytes(cols) + (long) chunk * chunkInputBytes);
        }
        for (int token = tiles * TokenTile.TOKENS; token < tokens; token++) {
          decode.prepareChunk(q, offset + token * stride + col, count,
              singles + (token - tiles * TokenTile.TOKENS) * singleTableBytes(cols)
                  + (long) chunk * decode.chunkTableBytes());
        }
      }
    } finally {
      Reference.reachabilityFence(tables);
    }
  }

  /** Tiles of a pass, all passes having as many. */
  private static int tilesOfPass(int tiles) {
    return tiles % FourRussians.MOST_TILES == 0 ? FourRussians.MOST_TILES : 1;
  }

  /** Passes of tiles, and one for the tokens that remain. */
  @Override
  public int passes(int tokens) {
    KernelChecks.tokens(this, tokens);
    int tiles = tiles(tokens);
    return tiles / tilesOfPass(tiles) + (tiles * TokenTile.TOKENS < tokens ? 1 : 0);
  }

  @Override
  public int passStart(int tokens, int pass) {
    int tiles = tiles(tokens);
    int first = Math.min(tiles, pass * tilesOfPass(tiles)) * TokenTile.TOKENS;
    return isOfTiles(tokens, pass - 1) || pass == 0 ? Math.min(tokens, first) : tokens;
  }

  private boolean isOfTiles(int tokens, int pass) {
    int tiles = tiles(tokens);
    return pass < tiles / tilesOfPass(tiles);
  }

  @Override
  public int smallestPart(int tokens, int pass) {
    return isOfTiles(tokens, pass) ? SMALLEST_PART_OF_TILE : SMALLEST_PART;
  }

  @Override
  public void multiplyPass(TernaryMatrix w, MemorySegment tables, int tokens, int pass, int[] sums, int sumOffset,
      int sumStride, int fromBlock, int toBlock, TileScratch scratch) {
    KernelChecks.multiplyPass(this, w, tables, tokens, pass, sums, sumOffset, sumStride, fromBlock, toBlock, scratch,
        FourRussians.SCRATCH_BYTES);
    Memory.begin();
    try {
      int first = passStart(tokens, pass);
      int count = passStart(tokens, pass + 1) - first;
      long tileBytes = tileInputBytes(w.cols());
      long inputs = Memory.address(tables) + first / TokenTile.TOKENS * tileBytes;
      if (isOfTiles(tokens, pass)) {
        FourRussians.multiply(w, inputs, tileBytes, count, sums, sumStride, sumOffset + first * sumStride, fromBlock,
            toBlock,
            Memory.address(scratch.memory()));
      } else if (fromBlock < toBlock) {
        multiplySingles(w, inputs, count, sums, sumOffset + first * sumStride, sumStride, fromBlock, toBlock,
            scratch.block());
      }
    } finally {
      Reference.reachabilityFence(tables);
      Reference.reachabilityFence(scratch);
      Reference.reachabilityFence(w);
    }
  }

  private void multiplySingles(TernaryMatrix w, long tables, int tokens, int[] sums, int sumOffset, int sumStride,
      int fromBlock, int toBlock, int[] padded) {
    int wholeBlocks = Math.max(fromBlock, Math.min(toBlock, w.rows() / BLOCK_ROWS));
    for (int token = 0; token < tokens; token++) {
      int offset = sumOffset + token * sumStride;
      Arrays.fill(sums, offset + fromBlock * BLOCK_ROWS, offset + wholeBlocks * BLOCK_ROWS, 0);
    }
    addBlocks(w, tables, tokens, sums, sumOffset, sumStride, fromBlock, wholeBlocks);
    if (wholeBlocks < toBlock) {
      int firstRow = wholeBlocks * BLOCK_ROWS;
      for (int token = 0; token < tokens; token++) {
        Arrays.fill(padded, 0);
        addBlocks(w, tables + token * singleTableBytes(w.cols()), 1, padded, -firstRow, 0, wholeBlocks, toBlock);
        System.arraycopy(padded, 0, sums, sumOffset + token * sumStride + firstRow, w.rows() - firstRow);
      }
    }
  }

  /** Chunk by chunk, so that a chunk's tables stay in the first-level cache while the weights stream past. */
  private void addBlocks(TernaryMatrix w, long tables, int tokens, int[] sums, int sumOffset, int sumStride,
      int fromBlock, int toBlock) {
    long packed = Memory.address(w.packed());
    int tileBytes = layout.tileBytes();
    int chunks = w.chunks();
    long tokenTableBytes = singleTableBytes(w.cols());
    for (int chunk = 0; chunk < chunks; chunk++) {
      long tiles = packed + (long) chunk * w.rowBlocks() * tileBytes;
      for (int cached = fromBlock; cached < toBlock; cached += CACHED_BLOCKS) {
        int end = Math.min(toBlock, cached + CACHED_BLOCKS);
        for (int token = 0; token < tokens; token++) {
          long chunkTables = tables + token * tokenTableBytes + (long) chunk * decode.chunkTableBytes();
          int offset = sumOffset + token * sumStride;
          for (int block = cached; block < end; block++) {
            decode.addTile(tiles + (long) block * tileBytes, chunkTables, sums, offset + block * BLOCK_ROWS);
          }
        }
      }
    }
  }

  @Override
  public TileScratch newTileScratch(Arena arena) {
    return new TileScratch(arena.allocate(FourRussians.SCRATCH_BYTES, TernaryMatrix.ALIGNMENT), new int[BLOCK_ROWS]);
  }
}
