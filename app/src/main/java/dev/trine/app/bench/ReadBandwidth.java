/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast this machine reads memory: several threads, each its own part of memory much larger than the caches, in order, with loads of
 * 64 bits into eight sums. That is what decoding can reach at best.
 */
final class ReadBandwidth {

  private static final long BLOCK_BYTES = 1 << 20;
  private static final int BLOCK_LONGS = (int) (BLOCK_BYTES / Long.BYTES);

  private final int threads;
  private final long bytesPerThread;
  private final int passes;
  private final Samples bytesPerSecond = new Samples();
  /** Where the sums go, so that nobody can leave them out. */
  private volatile long sink;

  /**
   * @param threads number of threads that read at once
   * @param bytes   memory that they read together; several times the largest cache
   * @param passes  how often they read it in one measurement
   */
  ReadBandwidth(int threads, long bytes, int passes) {
    this.threads = threads;
    this.bytesPerThread = Math.max(1, bytes / threads / BLOCK_BYTES) * BLOCK_BYTES;
    this.passes = passes;
  }

  /** Bytes a second of each measurement that counted. */
  Samples bytesPerSecond() {
    return bytesPerSecond;
  }

  /** Measures once. The memory is given back. */
  void measure(boolean counts) {
    try (Arena arena = Arena.ofShared(); ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      MemorySegment memory = arena.allocate(bytesPerThread * threads, Long.BYTES);
      long[] started = new long[threads];
      long[] ended = new long[threads];
      var together = new CyclicBarrier(threads);
      var readers = new ArrayList<Future<?>>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        readers.add(pool.submit(() -> {
          MemorySegment part = memory.asSlice(thread * bytesPerThread, bytesPerThread);
          // Memory that nobody has written to is one page of zeros.
          part.fill((byte) (thread + 1));
          together.await();
          started[thread] = System.nanoTime();
          for (int pass = 0; pass < passes; pass++) {
            sink = sum(part);
          }
          ended[thread] = System.nanoTime();
          return null;
        }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      long start = started[0];
      long end = ended[0];
      for (int i = 1; i < threads; i++) {
        start = Math.min(start, started[i]);
        end = Math.max(end, ended[i]);
      }
      if (counts) {
        bytesPerSecond.add(1e9 * bytesPerThread * threads * passes / (end - start));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring the read bandwidth", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("reading memory failed", e);
    }
  }

  /** The sum of all longs, in blocks whose length the JIT compiler knows. */
  private static long sum(MemorySegment memory) {
    long sum = 0;
    for (long at = 0; at < memory.byteSize(); at += BLOCK_BYTES) {
      sum += sumOfBlock(memory.asSlice(at, BLOCK_BYTES));
    }
    return sum;
  }

  private static long sumOfBlock(MemorySegment block) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    long e = 0;
    long f = 0;
    long g = 0;
    long h = 0;
    for (int i = 0; i < BLOCK_LONGS; i += 8) {
      a += block.getAtIndex(ValueLayout.JAVA_LONG, i);
      b += block.getAtIndex(ValueLayout.JAVA_LONG, i + 1);
      c += block.getAtIndex(ValueLayout.JAVA_LONG, i + 2);
      d += block.getAtIndex(ValueLayout.JAVA_LONG, i + 3);
      e += block.getAtIndex(ValueLayout.JAVA_LONG, i + 4);
      f += block.getAtIndex(ValueLayout.JAVA_LONG, i + 5);
      g += block.getAtIndex(ValueLayout.JAVA_LONG, i + 6);
      h += block.getAtIndex(ValueLayout.JAVA_LONG, i + 7);
    }
    return a + b + c + d + e + f + g + h;
  }
}
