/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.prefix;

import dev.trine.llm.bitnet.kvcache.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One page of the tree: the tokens at its positions, after those of its parents. */
final class PrefixNode {

  /** Null for the root. */
  final @Nullable PrefixNode parent;
  final List<PrefixNode> children = new ArrayList<>(1);
  /** As many as a page holds, or fewer in a leaf. */
  int[] tokens;
  Page page;
  /** Neighbours in order of use: the one used before this one, and the one used after it. */
  @Nullable
  PrefixNode older;
  @Nullable
  PrefixNode newer;
  /** The latest count of pages in which one below this node was in use. */
  long blockedInCount;

  PrefixNode(@Nullable PrefixNode parent, int[] tokens, Page page) {
    this.parent = parent;
    this.tokens = tokens;
    this.page = page;
  }

  /** How many of its tokens stand in {@code text} from {@code from} on, before {@code to}. */
  int common(int[] text, int from, int to) {
    int length = Math.min(tokens.length, to - from);
    int mismatch = Arrays.mismatch(tokens, 0, length, text, from, from + length);
    return mismatch < 0 ? length : mismatch;
  }
}
