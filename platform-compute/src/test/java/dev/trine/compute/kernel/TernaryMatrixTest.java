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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TernaryMatrixTest {

  @ParameterizedTest
  @EnumSource(TernaryLayout.class)
  void unpacksWhatWasPacked(TernaryLayout layout) {
    Random random = new Random(7);
    byte[][] rows = new byte[131][259];
    for (byte[] row : rows) {
      for (int c = 0; c < row.length; c++) {
        row[c] = (byte) (random.nextInt(3) - 1);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = TernaryMatrix.pack(layout, 131, 259, (r, trits) -> System.arraycopy(rows[r], 0, trits, 0, 259),
          arena);
      assertEquals(layout, w.layout());
      assertEquals(2, w.rowBlocks());
      assertEquals(2, w.chunks());
      assertEquals(4L * layout.tileBytes(), w.packed().byteSize());
      TernaryMatrix wrapped = TernaryMatrix.wrap(layout, 131, 259, w.packed());
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
      TernaryMatrix w = TernaryMatrix.pack(TernaryLayout.LUT4, 256, 512, (r, trits) -> {
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
  void followsTheDocumentedLayoutOfFiveTrits() {
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = TernaryMatrix.pack(TernaryLayout.TRIT5, 256, 320, (r, trits) -> {
        Arrays.fill(trits, (byte) 0);
        if (r == 128 + 64 + 17) {
          trits[160 + 10 + 4] = -1;
          trits[160 + 10 + 1] = 1;
        }
      }, arena);
      long chunk1Block1Group2 = (1L * 2 + 1) * 4096 + 2 * 128;
      long lane = 64 + 4 * 1 + 1;
      assertEquals((byte) (0x80 | (81 - 3)), w.packed().get(ValueLayout.JAVA_BYTE, chunk1Block1Group2 + lane));
      assertEquals(0, w.packed().get(ValueLayout.JAVA_BYTE, chunk1Block1Group2 + lane + 1));
    }
  }

  @Test
  void rejectsValuesThatAreNotTrits() {
    try (Arena arena = Arena.ofConfined()) {
      PlatformException e = assertThrows(PlatformException.class,
          () -> TernaryMatrix.pack(TernaryLayout.LUT4, 2, 4, (r, trits) -> trits[3] = (byte) (2 * r), arena));
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
          TernaryMatrix.wrap(TernaryLayout.LUT4, 1, 1, packed);
        } else {
          assertThrows(PlatformException.class, () -> TernaryMatrix.wrap(TernaryLayout.LUT4, 1, 1, packed),
              "code " + code);
        }
      }
    }
  }

  @Test
  void rejectsEveryMagnitudeThatIsNoIndex() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(4096, 64);
      for (int code = 0; code < 256; code++) {
        packed.fill((byte) (0x80 | 121));
        packed.set(ValueLayout.JAVA_BYTE, 4095 - code, (byte) code);
        if ((code & 0x7f) <= 121) {
          TernaryMatrix.wrap(TernaryLayout.TRIT5, 1, 1, packed);
        } else {
          assertThrows(PlatformException.class, () -> TernaryMatrix.wrap(TernaryLayout.TRIT5, 1, 1, packed),
              "code " + code);
        }
      }
    }
  }

  @Test
  void packsIntoGivenMemoryOfTheRightSizeOnly() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(3 * 4096, 64);
      TernaryMatrix.RowSource zeros = (r, trits) -> {};
      assertEquals(1, TernaryMatrix.packInto(TernaryLayout.TRIT5, 128, 160, zeros, target.asSlice(0, 4096)).chunks());
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.packInto(TernaryLayout.TRIT5, 128, 160, zeros, target));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.packInto(TernaryLayout.TRIT5, 128, 160, zeros, target.asSlice(32, 4096)));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.packInto(TernaryLayout.TRIT5, 128, 160, zeros, target.asSlice(0, 4096).asReadOnly()));
    }
  }

  @Test
  void rejectsWrongSizesAndPlaces() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(3 * 8192, 64);
      assertThrows(PlatformException.class, () -> TernaryMatrix.wrap(TernaryLayout.LUT4, 128, 256, packed));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.wrap(TernaryLayout.LUT4, 128, 256, packed.asSlice(32, 8192)));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.wrap(TernaryLayout.LUT4, 128, 256, MemorySegment.ofArray(new byte[8192])));
      assertThrows(IllegalArgumentException.class, () -> TernaryMatrix.packedBytes(TernaryLayout.LUT4, 0, 1));
      assertThrows(IllegalArgumentException.class,
          () -> TernaryMatrix.packedBytes(TernaryLayout.LUT4, Integer.MAX_VALUE, 1));
    }
  }
}
