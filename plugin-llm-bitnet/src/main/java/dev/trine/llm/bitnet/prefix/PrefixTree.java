/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.prefix;

import dev.trine.llm.bitnet.kvcache.Page;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of texts that were evaluated, as a radix tree over token ids with one page to a node (RadixAttention, Zheng et
 * al., 2023). A text that begins like one of them shares its pages, down to the token: the page in which they part is copied when
 * the text goes on. The tree has no size of its own; it keeps what the pool has room for and gives up what was used longest ago.
 * One thread at a time.
 */
public final class PrefixTree {

  private final List<PrefixNode> roots = new ArrayList<>();
  private @Nullable PrefixNode oldest;
  private @Nullable PrefixNode newest;
  private int size;
  private long version;
  private long counts;
  private Page[] found = new Page[16];

  /** An empty tree. */
  public PrefixTree() {}

  /** Number of pages. */
  public int pages() {
    return size;
  }

  /** Grows with every text that is added, so that nobody searches again in vain. */
  public long version() {
    return version;
  }

  /**
   * Begins a sequence with what is known of it, if that is more than it has already.
   *
   * @param tokens the sequence's text
   * @param limit  how many of them to take over at most
   * @return whether something was taken over; {@code cache.length()} says how much
   */
  public boolean adopt(SequenceCache cache, int[] tokens, int limit) {
    int position = find(tokens, limit);
    if (position <= cache.length()) {
      return false;
    }
    cache.release();
    cache.adopt(found, PagePool.pagesFor(position), position);
    return true;
  }

  /** How many of the first {@code limit} tokens are known. Counts as use. */
  private int find(int[] tokens, int limit) {
    List<PrefixNode> candidates = roots;
    PrefixNode last = null;
    int position = 0;
    int depth = 0;
    while (position < limit && position == depth * PagePool.PAGE_TOKENS) {
      PrefixNode best = null;
      int longest = 0;
      for (PrefixNode candidate : candidates) {
        int common = candidate.common(tokens, position, limit);
        if (common > longest) {
          longest = common;
          best = candidate;
        }
      }
      if (best == null) {
        break;
      }
      if (depth == found.length) {
        found = Arrays.copyOf(found, 2 * depth);
      }
      found[depth] = best.page;
      depth++;
      position += longest;
      last = best;
      candidates = best.children;
    }
    use(last);
    return position;
  }

  /**
   * How many pages of a text are here and in use by others too, so that they need no further memory.
   *
   * @param limit how many of the tokens to look at
   */
  public int sharedPages(int[] tokens, int limit) {
    int pages = PagePool.pagesFor(find(tokens, limit));
    int shared = 0;
    for (int page = 0; page < pages; page++) {
      if (found[page].references() > 1) {
        shared++;
      }
    }
    return shared;
  }

  /**
   * Adds a text. Pages of it that are here already stay those that they are.
   *
   * @param cache  of a sequence that has evaluated the text
   * @param length how many of the tokens, at most {@code cache.length()}. A page that is not full is never added while the
   *               sequence goes on, for it would write into it
   */
  public void add(SequenceCache cache, int[] tokens, int length) {
    List<PrefixNode> siblings = roots;
    PrefixNode parent = null;
    for (int position = 0; position < length; position += PagePool.PAGE_TOKENS) {
      int end = Math.min(length, position + PagePool.PAGE_TOKENS);
      Page page = cache.page(position / PagePool.PAGE_TOKENS);
      PrefixNode node = covering(siblings, tokens, position, end);
      if (node == null) {
        node = add(parent, siblings, Arrays.copyOfRange(tokens, position, end), page);
      } else if (node.tokens.length < end - position) {
        node.tokens = Arrays.copyOfRange(tokens, position, end);
        page.retain();
        node.page.release();
        node.page = page;
        version++;
      }
      parent = node;
      siblings = node.children;
    }
    use(parent);
  }

  /** The node that holds these tokens, or only the first of them and nothing else. */
  private static @Nullable PrefixNode covering(List<PrefixNode> nodes, int[] tokens, int from, int to) {
    for (PrefixNode node : nodes) {
      int common = node.common(tokens, from, to);
      if (common == to - from || common == node.tokens.length) {
        return node;
      }
    }
    return null;
  }

  private PrefixNode add(@Nullable PrefixNode parent, List<PrefixNode> siblings, int[] tokens, Page page) {
    var node = new PrefixNode(parent, tokens, page);
    page.retain();
    siblings.add(node);
    append(node);
    size++;
    version++;
    return node;
  }

  /** How many pages {@link #evict} could free now. */
  public int evictablePages() {
    counts++;
    int evictable = 0;
    // From the oldest on, so that children come before their parents.
    for (PrefixNode node = oldest; node != null; node = node.newer) {
      if (node.page.references() == 1 && node.blockedInCount != counts) {
        evictable++;
      } else if (node.parent != null) {
        node.parent.blockedInCount = counts;
      }
    }
    return evictable;
  }

  /**
   * Gives pages back to the pool that no sequence uses, those that were used longest ago first.
   *
   * @param wanted how many
   * @return how many there were
   */
  public int evict(int wanted) {
    int freed = 0;
    PrefixNode node = oldest;
    while (node != null && freed < wanted) {
      PrefixNode next = node.newer;
      if (node.children.isEmpty() && node.page.references() == 1) {
        remove(node);
        freed++;
      }
      node = next;
    }
    return freed;
  }

  /** Forgets everything. */
  public void clear() {
    for (PrefixNode node = oldest; node != null; node = node.newer) {
      node.page.release();
    }
    roots.clear();
    oldest = null;
    newest = null;
    size = 0;
  }

  private void remove(PrefixNode node) {
    (node.parent == null ? roots : node.parent.children).remove(node);
    unlink(node);
    size--;
    node.page.release();
  }

  /** Makes a node and those above it the latest used: parents always after their children, so that leaves are oldest. */
  private void use(@Nullable PrefixNode leaf) {
    for (PrefixNode node = leaf; node != null; node = node.parent) {
      unlink(node);
      append(node);
    }
  }

  private void append(PrefixNode node) {
    node.older = newest;
    if (newest == null) {
      oldest = node;
    } else {
      newest.newer = node;
    }
    newest = node;
  }

  private void unlink(PrefixNode node) {
    if (node.older == null) {
      oldest = node.newer;
    } else {
      node.older.newer = node.newer;
    }
    if (node.newer == null) {
      newest = node.older;
    } else {
      node.newer.older = node.older;
    }
    node.older = null;
    node.newer = null;
  }
}
