/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import com.sun.management.ThreadMXBean;
import dev.trine.compute.kernel.KernelsUnderTest.Named;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A vector that the compiler fails to keep in registers is allocated, megabytes a call: this test is how that is noticed. */
class KernelAllocationTest {

  private static final int MOST_BYTES_PER_CALL = 1024;
  private static final int CALLS = 10;
  private static final long WARM_UP_NANOS = 20_000_000_000L;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Calls until the compiled code does not allocate, for as long as a busy machine may take to compile it. */
  private static void assertAllocatesNothing(String what, Runnable call) {
    long end = System.nanoTime() + WARM_UP_NANOS;
    long bytes;
    do {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      bytes = (THREADS.getCurrentThreadAllocatedBytes() - before) / CALLS;
    } while (bytes >= MOST_BYTES_PER_CALL && System.nanoTime() < end);
    assertTrue(bytes < MOST_BYTES_PER_CALL, what + " still allocates " + bytes + " bytes a call");
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#vector")
  void ternaryKernelsDoNotAllocate(Named implementation) {
    TernaryKernel kernel = implementation.kernels().ternary();
    try (Arena arena = Arena.ofConfined()) {
      TernaryMatrix w = TernaryMatrix.pack(kernel.layout(), 300, 600, (row, trits) -> trits[row] = 1, arena);
      TileScratch scratch = kernel.newTileScratch(arena);
      for (int tokens : new int[]{1, 3, 40}) {
        MemorySegment tables = arena.allocate(kernel.tableBytes(600, tokens), TernaryMatrix.ALIGNMENT);
        byte[] q = new byte[600 * tokens];
        int[] sums = new int[300 * tokens];
        assertAllocatesNothing("prepare", () -> kernel.prepare(q, 0, 600, tokens, 600, tables, 0, w.chunks()));
        assertAllocatesNothing("multiply",
            () -> kernel.multiply(w, tables, tokens, sums, 0, 300, 0, w.rowBlocks(), scratch));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#vector")
  void denseKernelsDoNotAllocate(Named implementation) {
    DenseKernel kernel = implementation.kernels().dense();
    float[] x = KernelsUnderTest.gaussians(1, 5 * 768);
    float[] y = new float[5 * 33];
    float[] row = new float[768];
    Int8Vectors q = new Int8Vectors(5, 768);
    q.setCols(768);
    try (Arena arena = Arena.ofConfined()) {
      for (DenseType type : DenseType.values()) {
        MemorySegment data = arena.allocate(33 * type.rowBytes(768));
        for (long i = 0; i < data.byteSize(); i++) {
          data.set(ValueLayout.JAVA_BYTE, i, (byte) (i % 61));
        }
        DenseMatrix w = new DenseMatrix(type, 33, 768, data);
        assertAllocatesNothing(type + " multiply", () -> kernel.multiply(w, x, 0, y, 0, 0, 33));
        assertAllocatesNothing(type + " multiplyTile", () -> kernel.multiplyTile(w, x, 768, 5, y, 33, 0, 0, 33));
        if (type.hasInt8Products()) {
          assertAllocatesNothing(type + " multiplyInt8", () -> kernel.multiplyInt8(w, q, 5, y, 33, 0, 0, 33));
        }
        assertAllocatesNothing(type + " decodeRow", () -> kernel.decodeRow(w, 3, row, 0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#vector")
  void screeningDoesNotAllocate(Named implementation) {
    implementation.kernels().screen().ifPresent(kernel -> {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(300, 600), ScreenMatrix.ALIGNMENT);
        assertTrue(ScreenMatrix.packInto(300, 600, (row, out) -> out[row] = 1, packed, 0, 3));
        ScreenMatrix w = ScreenMatrix.wrap(300, 600, packed);
        MemorySegment tables = arena.allocate(2 * kernel.tableBytes(600), ScreenMatrix.ALIGNMENT);
        float[] x = KernelsUnderTest.gaussians(1, 600);
        float[] steps = {1, 1};
        float[] scores = new float[2 * 384];
        float[] deviations = new float[2 * 384];
        int[] scratch = new int[ScreenKernel.SCRATCH_INTS];
        assertAllocatesNothing("prepare", () -> kernel.prepare(x, 0, 600, 1, tables, 0, w.colBlocks()));
        assertAllocatesNothing("multiply",
            () -> kernel.multiply(w, tables, steps, 2, scores, deviations, 384, 0, 3, scratch));
      }
    });
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#vector")
  void vectorMathDoesNotAllocate(Named implementation) {
    VectorMath math = implementation.kernels().math();
    float[] x = KernelsUnderTest.gaussians(1, 1000);
    float[] y = KernelsUnderTest.gaussians(2, 1000);
    float[] out = new float[1000];
    byte[] q = new byte[1000];
    int[] sums = new int[1000];
    assertAllocatesNothing("addScaled", () -> math.addScaled(out, 0, 0.5f, x, 0, 1000));
    assertAllocatesNothing("rmsNorm", () -> math.rmsNorm(x, 0, y, 1e-5f, out, 0, 1000));
    assertAllocatesNothing("quantise", () -> math.quantise(x, 0, 1000, q, 0));
    assertAllocatesNothing("scaleSums", () -> math.scaleSums(sums, 0, 0.5f, out, 0, 1000));
    assertAllocatesNothing("reluSquaredTimes", () -> math.reluSquaredTimes(x, 0, y, 0, out, 0, 1000));
    assertAllocatesNothing("siluTimes", () -> math.siluTimes(x, 0, y, 0, out, 0, 1000));
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#vector")
  void attentionDoesNotAllocate(Named implementation) {
    AttentionKernel kernel = implementation.kernels().attention();
    float[] x = KernelsUnderTest.gaussians(1, 2048);
    float[] scores = new float[8 * 96];
    float[] out = new float[8 * 96];
    float[] max = new float[1];
    try (Arena arena = Arena.ofConfined()) {
      for (KeyValueType type : KeyValueType.values()) {
        KeyValueLayout layout = new KeyValueLayout(type, 96);
        MemorySegment[] pages = new MemorySegment[3];
        for (int i = 0; i < pages.length; i++) {
          pages[i] = arena.allocate(layout.blockBytes(), 64);
        }
        assertAllocatesNothing(type + " store", () -> kernel.store(layout, pages[1], 0, 3, 5, x, 0, x, 7, 96));
        assertAllocatesNothing(type + " scores",
            () -> kernel.scores(layout, pages, 0, 3, 0, x, 0, 7, scores, 0, 96));
        assertAllocatesNothing(type + " addValues",
            () -> kernel.addValues(layout, pages, 0, 70, 0, scores, 0, 96, 7, out, 0));
      }
    }
    assertAllocatesNothing("exponentials", () -> kernel.exponentials(scores, 0, 96, max, max, 0));
  }
}
