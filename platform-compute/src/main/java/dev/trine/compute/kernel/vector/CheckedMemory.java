/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Which memory the kernel that a thread runs was given, for runs in which every access is checked: {@link Memory#CHECKED}. Memory that lies
 * beside is not its own, even where it is mapped, such as the next matrix of a file.
 */
final class CheckedMemory {

  private record Range(long from, long to) {

    static Range of(MemorySegment segment) {
      return new Range(segment.address(), segment.address() + segment.byteSize());
    }

    boolean holds(long address, long bytes) {
      return address >= from && address + bytes <= to;
    }
  }

  private static final ThreadLocal<List<Range>> GIVEN = ThreadLocal.withInitial(ArrayList::new);
  private static final List<Range> OWN = new CopyOnWriteArrayList<>();

  private CheckedMemory() {}

  /** A kernel begins, and has been given nothing yet. */
  static void begin() {
    GIVEN.get().clear();
  }

  /** The running kernel may use this until the next one begins on the thread. */
  static void give(MemorySegment segment) {
    Range range = Range.of(segment);
    if (!GIVEN.get().contains(range)) {
      GIVEN.get().add(range);
    }
  }

  /** Working memory of the kernels themselves. */
  static void own(MemorySegment segment) {
    OWN.add(Range.of(segment));
  }

  /** @throws IndexOutOfBoundsException for what does not lie within one of the segments that were given */
  static void require(long address, long bytes) {
    for (Range range : GIVEN.get()) {
      if (range.holds(address, bytes)) {
        return;
      }
    }
    for (Range range : OWN) {
      if (range.holds(address, bytes)) {
        return;
      }
    }
    throw new IndexOutOfBoundsException("a kernel uses " + bytes + " bytes at " + Long.toHexString(address)
        + ", outside of what it was given: " + GIVEN.get());
  }
}
