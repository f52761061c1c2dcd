/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.prefix;

import dev.trine.compute.kernel.KeyValueType;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.Page;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

class PrefixTreeTest {

  private static final CacheShape SHAPE = new CacheShape(1, 1, 1);
  private static final int CAPACITY = 1024;

  private final PagePool pool = new PagePool(SHAPE, KeyValueType.F32, 40 * PagePool.pageBytes(SHAPE, KeyValueType.F32));
  private final PrefixTree tree = new PrefixTree();

  /** Tokens {@code start}, {@code start + 1} and so on. */
  private static int[] text(int start, int length) {
    var tokens = new int[length];
    Arrays.setAll(tokens, i -> start + i);
    return tokens;
  }

  private static int[] join(int[] one, int[] other) {
    int[] joined = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, joined, one.length, other.length);
    return joined;
  }

  /** A sequence that has been evaluated from where its cache ended; its pages hold its tokens. */
  private SequenceCache evaluated(SequenceCache cache, int[] tokens) {
    int from = cache.length();
    cache.reserve(tokens.length - from);
    for (int i = from; i < tokens.length; i++) {
      cache.memory()[i / PagePool.PAGE_TOKENS].setAtIndex(ValueLayout.JAVA_INT, i % PagePool.PAGE_TOKENS, tokens[i]);
    }
    cache.advance(tokens.length - from);
    return cache;
  }

  private SequenceCache evaluated(int[] tokens) {
    return evaluated(new SequenceCache(pool, CAPACITY), tokens);
  }

  /** What a sequence that has ended leaves behind. */
  private void leave(int[] tokens) {
    SequenceCache cache = evaluated(tokens);
    tree.add(cache, tokens, tokens.length);
    cache.release();
  }

  private SequenceCache adopted(int[] tokens, int limit) {
    var cache = new SequenceCache(pool, CAPACITY);
    tree.adopt(cache, tokens, limit);
    return cache;
  }

  private static void assertHolds(int[] tokens, SequenceCache cache) {
    for (int i = 0; i < cache.length(); i++) {
      assertEquals(tokens[i],
          cache.memory()[i / PagePool.PAGE_TOKENS].getAtIndex(ValueLayout.JAVA_INT, i % PagePool.PAGE_TOKENS),
          "position " + i);
    }
  }

  @Test
  void knowsATextDownToTheToken() {
    leave(text(0, 75));
    assertEquals(75, adopted(text(0, 100), 99).length());
    assertEquals(74, adopted(text(0, 75), 74).length());
    assertEquals(40, adopted(join(text(0, 40), text(500, 60)), 99).length());
    assertEquals(0, adopted(text(1, 50), 49).length());
    assertEquals(3, tree.pages());
  }

  @Test
  void givesTheLongestOfSeveral() {
    leave(join(text(0, 40), text(300, 40)));
    leave(join(text(0, 50), text(400, 40)));
    leave(join(text(0, 45), text(500, 40)));
    int[] tokens = join(text(0, 50), text(400, 10));
    var cache = adopted(tokens, tokens.length);
    assertEquals(60, cache.length());
    assertHolds(tokens, cache);
  }

  @Test
  void sharesPagesWithThoseThatRun() {
    int[] tokens = text(0, 70);
    SequenceCache running = evaluated(tokens);
    tree.add(running, tokens, 64);
    var other = adopted(join(text(0, 64), text(900, 10)), 73);
    assertEquals(64, other.length());
    assertSame(running.page(0), other.page(0));
    assertSame(running.page(1), other.page(1));
    assertEquals(3, running.page(0).references());
  }

  @Test
  void doesNotWriteIntoWhatOthersUse() {
    int[] first = text(0, 50);
    leave(first);
    int[] second = join(text(0, 40), text(700, 20));
    var cache = adopted(second, second.length - 1);
    assertEquals(40, cache.length());
    Page shared = cache.page(1);
    evaluated(cache, second);
    assertNotSame(shared, cache.page(1));
    assertHolds(second, cache);
    var again = adopted(first, 50);
    assertEquals(50, again.length());
    assertHolds(first, again);
  }

  @Test
  void growsALastPageInsteadOfKeepingItTwice() {
    leave(text(0, 40));
    leave(text(0, 50));
    leave(text(0, 45));
    assertEquals(2, tree.pages());
    assertEquals(50, adopted(text(0, 60), 60).length());
    assertEquals(2, pool.maxPages() - pool.availablePages());
  }

  @Test
  void keepsThePagesItHas() {
    int[] tokens = text(0, 64);
    SequenceCache one = evaluated(tokens);
    SequenceCache other = evaluated(tokens);
    tree.add(one, tokens, 64);
    tree.add(other, tokens, 64);
    one.release();
    other.release();
    assertEquals(2, tree.pages());
    assertEquals(2, pool.maxPages() - pool.availablePages());
  }

  @Test
  void takesOverNothingThatIsNoGain() {
    leave(text(0, 40));
    int[] tokens = text(0, 50);
    SequenceCache cache = evaluated(tokens);
    Page own = cache.page(0);
    assertFalse(tree.adopt(cache, tokens, 50));
    assertSame(own, cache.page(0));
  }

  @Test
  void evictsWhatWasUsedLongestAgo() {
    leave(text(0, 64));
    leave(text(1000, 64));
    adopted(text(0, 64), 63).release();
    assertEquals(2, tree.evict(2));
    assertEquals(0, adopted(text(1000, 64), 63).length());
    assertEquals(63, adopted(text(0, 64), 63).length());
  }

  @Test
  void evictsTheEndOfATextBeforeItsBeginning() {
    leave(text(0, 96));
    assertEquals(1, tree.evict(1));
    assertEquals(64, adopted(text(0, 96), 95).length());
  }

  @Test
  void evictsNothingThatASequenceUses() {
    leave(text(0, 64));
    leave(text(1000, 32));
    var running = adopted(text(0, 64), 64);
    assertEquals(1, tree.evictablePages());
    assertEquals(1, tree.evict(10));
    assertEquals(2, tree.pages());
    running.release();
    assertEquals(2, tree.evictablePages());
    assertEquals(2, tree.evict(10));
    assertEquals(pool.maxPages(), pool.availablePages());
  }

  @Test
  void keepsTheBeginningOfATextWhoseEndIsInUse() {
    // Both evaluated the first page themselves; the tree has the one of the sequence that is gone.
    int[] tokens = text(0, 64);
    SequenceCache running = evaluated(tokens);
    leave(text(0, 32));
    tree.add(running, tokens, 64);
    assertEquals(0, tree.evictablePages());
    assertEquals(0, tree.evict(2));
    running.release();
    assertEquals(2, tree.evict(2));
  }

  @Test
  void forgetsEverything() {
    leave(text(0, 64));
    leave(text(100, 64));
    tree.clear();
    assertEquals(0, tree.pages());
    assertEquals(pool.maxPages(), pool.availablePages());
    assertEquals(0, adopted(text(0, 64), 64).length());
    leave(text(0, 64));
    assertEquals(64, adopted(text(0, 64), 64).length());
  }

  @Test
  void agreesWithAListOfTexts() {
    var random = new Random(7);
    var texts = new ArrayList<int[]>();
    for (int round = 0; round < 300; round++) {
      var tokens = new int[1 + random.nextInt(150)];
      // Few different tokens, so that texts have beginnings in common.
      Arrays.setAll(tokens, i -> i % 32 < 30 ? 0 : random.nextInt(2));
      int expected = texts.stream().mapToInt(text -> common(text, tokens)).max().orElse(0);
      var cache = adopted(tokens, tokens.length);
      assertEquals(expected, cache.length(), "round " + round);
      if (pool.availablePages() < 8) {
        texts.clear();
        cache.release();
        tree.clear();
        assertEquals(pool.maxPages(), pool.availablePages());
        continue;
      }
      evaluated(cache, tokens);
      assertHolds(tokens, cache);
      tree.add(cache, tokens, tokens.length);
      cache.release();
      texts.add(tokens);
    }
  }

  private static int common(int[] one, int[] other) {
    int mismatch = Arrays.mismatch(one, other);
    return mismatch < 0 ? one.length : mismatch;
  }
}
