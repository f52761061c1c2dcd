/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * All of memory as one segment, so that absolute addresses serve as offsets: with a constant segment the compiler drops
 * every check from inner loops, three to four times faster. Callers have checked their ranges, and keep the segments whose
 * addresses they use reachable.
 *
 * <p>
 * With the system property {@code trine.memory.checked}, which tests set, every access is checked against the segments that the running
 * kernel was given.
 */
final class Memory {

  /** Whether accesses are checked; a constant, so that checks that are not made cost nothing. */
  static final boolean CHECKED = Boolean.getBoolean("trine.memory.checked");

  // restricted: that is what this class is for; see the callers' duties above.
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

  /** No process has memory beyond. */
  private static final long LARGEST_ADDRESS = Long.MAX_VALUE >> 1;

  private Memory() {}

  /** A kernel begins: it may use only what it asks the {@link #address} of from here on. */
  static void begin() {
    if (CHECKED) {
      CheckedMemory.begin();
    }
  }

  /** The address of a segment that the running kernel was given. */
  static long address(MemorySegment segment) {
    if (CHECKED) {
      CheckedMemory.give(segment);
    }
    return segment.address();
  }

  /** The address of working memory that outlives the running kernel. */
  static long ownAddress(MemorySegment segment) {
    if (CHECKED) {
      CheckedMemory.own(segment);
    }
    return segment.address();
  }

  /**
   * The same address. The compiler learns that it is neither negative nor so large that a sum with it overflows, and leaves out the check
   * against the segment's bounds: six instructions for one that loads, where the offset is no induction variable. Worth while at the start of
   * a method with an inner loop, for what is known of an address does not survive a call.
   */
  static long known(long address) {
    return address & LARGEST_ADDRESS;
  }

  /** The same address, at which so many bytes are used. Every access goes through here. */
  static long at(long address, long bytes) {
    if (CHECKED) {
      CheckedMemory.require(address, bytes);
    }
    return address;
  }

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, at(address, Byte.BYTES));
  }

  static short getShort(long address) {
    return ALL.get(SHORT, at(address, Short.BYTES));
  }

  static int getInt(long address) {
    return ALL.get(INT, at(address, Integer.BYTES));
  }

  static long getLong(long address) {
    return ALL.get(LONG, at(address, Long.BYTES));
  }

  static float getFloat(long address) {
    return ALL.get(FLOAT, at(address, Float.BYTES));
  }

  static void putByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, at(address, Byte.BYTES), value);
  }

  static void putShort(long address, short value) {
    ALL.set(SHORT, at(address, Short.BYTES), value);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, at(address, Integer.BYTES), value);
  }

  static void putFloat(long address, float value) {
    ALL.set(FLOAT, at(address, Float.BYTES), value);
  }

  static void clear(long address, long bytes) {
    ALL.asSlice(at(address, bytes), bytes).fill((byte) 0);
  }

  static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, at(from, bytes), ALL, at(to, bytes), bytes);
  }

  /** A vector of {@link Species#SHORT}. */
  static ShortVector shorts(long address) {
    return Species.SHORTS
        .cast(ShortVector.fromMemorySegment(Species.SHORT, ALL, at(address, Species.SHORT.vectorByteSize()), ORDER));
  }

  /** A vector of {@link Species#INT}. */
  static IntVector ints(long address) {
    return Species.INTS
        .cast(IntVector.fromMemorySegment(Species.INT, ALL, at(address, Species.INT.vectorByteSize()), ORDER));
  }

  /** A vector of {@link Species#FLOAT}. */
  static FloatVector floats(long address) {
    return Species.FLOATS
        .cast(FloatVector.fromMemorySegment(Species.FLOAT, ALL, at(address, Species.FLOAT.vectorByteSize()), ORDER));
  }

  /** 16 shorts. */
  static ShortVector shorts256(long address) {
    return ShortVector.fromMemorySegment(ShortVector.SPECIES_256, ALL,
        at(address, ShortVector.SPECIES_256.vectorByteSize()), ORDER);
  }

  /** A vector of {@link Species#BYTE_LANES}. */
  static ByteVector byteLanes(long address) {
    return Species.LANE_BYTES
        .cast(ByteVector.fromMemorySegment(Species.BYTE_LANES, ALL, at(address, Species.BYTE_LANES.vectorByteSize()),
            ORDER));
  }

  /** A vector of {@link Species#BYTE_HALF}. */
  static ByteVector byteHalf(long address) {
    return Species.HALF_BYTES.cast(
        ByteVector.fromMemorySegment(Species.BYTE_HALF, ALL, at(address, Species.BYTE_HALF.vectorByteSize()), ORDER));
  }

  /** A vector of {@link Species#BYTE_CODES}. */
  static ByteVector byteCodes(long address) {
    return Species.CODE_BYTES
        .cast(ByteVector.fromMemorySegment(Species.BYTE_CODES, ALL, at(address, Species.BYTE_CODES.vectorByteSize()),
            ORDER));
  }

  /** A vector of {@link Species#SHORT_LANES}. */
  static ShortVector shortLanes(long address) {
    return Species.LANE_SHORTS
        .cast(ShortVector.fromMemorySegment(Species.SHORT_LANES, ALL, at(address, Species.SHORT_LANES.vectorByteSize()),
            ORDER));
  }
}
