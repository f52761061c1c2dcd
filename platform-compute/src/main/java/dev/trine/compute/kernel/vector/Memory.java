/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * All of memory as one segment, so that absolute addresses serve as offsets: with a constant segment the compiler drops
 * every check from inner loops, three to four times faster. Callers have checked their ranges, and keep the segments whose
 * addresses they use reachable.
 */
final class Memory {

  // restricted: that is what this class is for; see the callers' duties above.
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

  /** No process has memory beyond. */
  private static final long LARGEST_ADDRESS = Long.MAX_VALUE >> 1;

  private Memory() {}

  /**
   * The same address. The compiler learns that it is neither negative nor so large that a sum with it overflows, and leaves out the check
   * against the segment's bounds: six instructions for one that loads, where the offset is no induction variable. Worth while at the start of
   * a method with an inner loop, for what is known of an address does not survive a call.
   */
  static long known(long address) {
    return address & LARGEST_ADDRESS;
  }
}
