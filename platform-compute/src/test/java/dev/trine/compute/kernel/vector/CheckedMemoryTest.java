/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The net under the kernels: run with checks on by an execution of its own, skipped by name without. */
class CheckedMemoryTest {

  @Test
  void holdsKernelsToWhatTheyWereGiven() {
    assumeTrue(Memory.CHECKED, "accesses are checked with -Dtrine.memory.checked=true only");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = arena.allocate(3L * Species.BYTES, 64);
      MemorySegment matrix = file.asSlice(Species.BYTES, Species.BYTES);
      Memory.begin();
      long address = Memory.address(matrix);
      Memory.putInt(address, 42);
      assertEquals(42, Memory.ints(address).lane(0));
      assertThrows(IndexOutOfBoundsException.class, () -> Memory.ints(address + 1), "into what lies behind");
      assertThrows(IndexOutOfBoundsException.class, () -> Memory.getLong(address - 1), "from what lies before");
      assertThrows(IndexOutOfBoundsException.class, () -> Memory.putByte(address + Species.BYTES, (byte) 1));
      assertThrows(IndexOutOfBoundsException.class, () -> Memory.copy(address, address, Species.BYTES + 1L));
      Memory.begin();
      assertThrows(IndexOutOfBoundsException.class, () -> Memory.getByte(address), "what an earlier kernel was given");
    }
  }
}
