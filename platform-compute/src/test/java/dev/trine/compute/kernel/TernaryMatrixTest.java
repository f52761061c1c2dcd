/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TernaryMatrixTest {

  @Test
  void unpacksWhatWasPacked() {
    Random random = new Random(7);
    byte[][] rows = new byte[131][259];
    for (byte[] row : rows) {
      for (int c = 0; c < row.length; c++) {
        row[c] = (byte) (random.nextInt(3) - 1);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = TernaryMatrix.pack(131, 259, (r, trits) -> System.arraycopy(rows[r], 0, trits, 0, 259), arena);
      assertEquals(2, w.rowBlocks());
      assertEquals(2, w.chunks());
      assertEquals(4 * 8192, w.packed().byteSize());
      TernaryMatrix wrapped = TernaryMatrix.wrap(131, 259, w.packed());
      byte[] trits = new byte[259];
      for (int r = 0; r < 131; r++) {
        wrapped.unpackRow(r, trits);
        assertArrayEquals(rows[r], trits, "row " + r);
      }
    }
  }

  @Test
  void followsTheDocumentedLayout() {
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = TernaryMatrix.pack(256, 512, (r, trits) -> {
        Arrays.fill(trits, (byte) 0);
        if (r == 128 + 64 + 17) {
          trits[256 + 8 + 2] = 1;
        }
      }, arena);
      long chunk1Block1Group2 = (1L * 2 + 1) * 8192 + 2 * 128;
      long lane = 64 + 4 * 1 + 1;
      assertEquals(40 + 9, w.packed().get(ValueLayout.JAVA_BYTE, chunk1Block1Group2 + lane));
    }
  }

  @Test
  void rejectsValuesThatAreNotTrits() {
    try (Arena arena = Arena.ofConfined()) {
      PlatformException e = assertThrows(PlatformException.class,
          () -> TernaryMatrix.pack(2, 4, (r, trits) -> trits[3] = (byte) (2 * r), arena));
      assertEquals(StandardErrorCode.MODEL_INVALID, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains("row 1, column 3 holds 2"), e.getMessage());
    }
  }

  @Test
  void rejectsEveryCodeThatIsNoIndex() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(8192, 64);
      for (int code = 0; code < 256; code++) {
        packed.fill((byte) 80);
        packed.set(ValueLayout.JAVA_BYTE, 8191 - code, (byte) code);
        if (code <= 80) {
          TernaryMatrix.wrap(1, 1, packed);
        } else {
          assertThrows(PlatformException.class, () -> TernaryMatrix.wrap(1, 1, packed), "code " + code);
        }
      }
    }
  }

  @Test
  void rejectsWrongSizesAndPlaces() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(3 * 8192, 64);
      assertThrows(PlatformException.class, () -> TernaryMatrix.wrap(128, 256, packed));
      assertThrows(IllegalArgumentException.class, () -> TernaryMatrix.wrap(128, 256, packed.asSlice(32, 8192)));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.wrap(128, 256, MemorySegment.ofArray(new byte[8192])));
      assertThrows(IllegalArgumentException.class, () -> TernaryMatrix.packedBytes(0, 1));
      assertThrows(IllegalArgumentException.class, () -> TernaryMatrix.packedBytes(Integer.MAX_VALUE, 1));
    }
  }
}
