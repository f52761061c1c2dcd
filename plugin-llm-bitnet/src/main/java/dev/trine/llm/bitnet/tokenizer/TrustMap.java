/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Which stretches of a text are trusted to hold control tokens. */
final class TrustMap {
  /** Everything is trusted. */
  static final TrustMap ALL = new TrustMap(new int[0]);
  /** Nothing is trusted. */
  static final TrustMap NONE = new TrustMap(new int[]{0, Integer.MAX_VALUE});

  /** Start and end of each untrusted stretch: ascending, disjoint, not adjacent. */
  private final int[] untrusted;

  private TrustMap(int[] untrusted) {
    this.untrusted = untrusted;
  }

  /** The map of the concatenated fragments. */
  static TrustMap of(List<TextFragment> fragments) {
    var builder = new Builder();
    for (TextFragment fragment : fragments) {
      builder.append(fragment.text().length(), fragment.trusted());
    }
    return builder.build();
  }

  /** Whether no untrusted character lies in a range. */
  boolean isTrusted(int start, int end) {
    int index = Arrays.binarySearch(untrusted, start);
    if (index < 0) {
      index = -index - 1;
      // An odd index is the end of the stretch that holds start.
      return (index & 1) == 0 && (index == untrusted.length || untrusted[index] >= end);
    }
    return (index & 1) == 1 ? index + 1 == untrusted.length || untrusted[index + 1] >= end : start >= end;
  }

  boolean isUniform() {
    return untrusted.length == 0 || (untrusted[0] == 0 && untrusted[1] == Integer.MAX_VALUE);
  }

  /** The map of a part of the text; uniform where it can be. */
  TrustMap slice(int start, int end) {
    if (isUniform() || isTrusted(start, end)) {
      return untrusted.length == 2 && isUniform() ? NONE : ALL;
    }
    var builder = new Builder();
    int position = start;
    for (int i = 0; i < untrusted.length && untrusted[i] < end; i += 2) {
      int from = Math.max(start, untrusted[i]);
      int to = Math.min(end, untrusted[i + 1]);
      if (from < to) {
        builder.append(from - position, true);
        builder.append(to - from, false);
        position = to;
      }
    }
    builder.append(end - position, true);
    return builder.build();
  }

  /** The ends of the stretches of equal trust of a text of a given length, ascending; the last one is the length. */
  int[] runEnds(int length) {
    return IntStream.concat(Arrays.stream(untrusted).filter(at -> at > 0 && at < length),
        IntStream.of(length)).toArray();
  }

  /** Collects stretches from left to right. */
  static final class Builder {
    private int[] untrusted = new int[8];
    private int size;
    private int position;
    private boolean anyTrusted;

    void append(int length, boolean trusted) {
      if (length == 0) {
        return;
      }
      anyTrusted |= trusted;
      if (!trusted) {
        if (size > 0 && untrusted[size - 1] == position) {
          untrusted[size - 1] = position + length;
        } else {
          if (size == untrusted.length) {
            untrusted = Arrays.copyOf(untrusted, 2 * size);
          }
          untrusted[size++] = position;
          untrusted[size++] = position + length;
        }
      }
      position += length;
    }

    TrustMap build() {
      if (size == 0) {
        return ALL;
      }
      return anyTrusted ? new TrustMap(Arrays.copyOf(untrusted, size)) : NONE;
    }
  }
}
