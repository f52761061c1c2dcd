/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.TileScratch;
import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import dev.trine.compute.thread.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Ternary products as a model does them: each walks on to the next of enough matrices that weights come from memory, not
 * from a cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {BenchmarkSetup.VECTOR_MODULE, BenchmarkSetup.NATIVE_ACCESS, BenchmarkSetup.HEAP})
public class TernaryBenchmark {

  private static final long BYTES_BEYOND_CACHES = 200_000_000;

  /** Which kernels, or which way of decoding of the vector kernels. */
  @Param({"scalar", "vector", "MULTIPLY", "LOOKUP", "SIGNED_LOOKUP"})
  public String kernel = "";

  /** Rows and columns. */
  @Param({"2560x2560", "6912x2560", "2560x6912"})
  public String shape = "";

  /** Activation rows of a product: 1 is a step of decoding, few are a batch or a draft, many a prompt. */
  @Param({"1", "2", "4", "8", "16", "32", "128"})
  public int tokens;

  /** Size of the worker team. */
  @Param({"1", "2"})
  public int threads;

  private final Arena arena = Arena.ofShared();
  private Operands operands = new Operands("scalar", "1x1", 1, 1, arena);
  private WorkerTeam team = new WorkerTeam("unused", 1);
  private int next;

  private static TernaryKernel ternary(String name) {
    for (Decode decode : Decode.values()) {
      if (decode.name().equals(name)) {
        BenchmarkSetup.kernels("vector");
        return new VectorKernels(decode).ternary();
      }
    }
    return BenchmarkSetup.kernels(name).ternary();
  }

  /** All that depends on parameters. */
  private static final class Operands {

    private final TernaryKernel kernel;
    private final int rows;
    private final int cols;
    private final TernaryMatrix[] matrices;
    private final byte[] q;
    private final int[] sums;
    private final MemorySegment tables;
    private final TileScratch[] scratch;

    Operands(String kernelName, String shape, int tokens, int threads, Arena arena) {
      Random random = new Random(BenchmarkSetup.SEED);
      kernel = ternary(kernelName);
      rows = BenchmarkSetup.shape(shape)[0];
      cols = BenchmarkSetup.shape(shape)[1];
      long bytes = TernaryMatrix.packedBytes(kernel.layout(), rows, cols);
      matrices = new TernaryMatrix[rows == 1 ? 1 : (int) (BYTES_BEYOND_CACHES / bytes + 1)];
      matrices[0] = TernaryMatrix.pack(kernel.layout(), rows, cols, (row, trits) -> {
        for (int c = 0; c < cols; c++) {
          trits[c] = (byte) (random.nextInt(3) - 1);
        }
      }, arena);
      for (int i = 1; i < matrices.length; i++) {
        MemorySegment copy = arena.allocate(bytes, TernaryMatrix.ALIGNMENT).copyFrom(matrices[0].packed());
        matrices[i] = TernaryMatrix.wrap(kernel.layout(), rows, cols, copy);
      }
      q = new byte[tokens * cols];
      for (int i = 0; i < q.length; i++) {
        q[i] = (byte) (random.nextInt(255) - 127);
      }
      sums = new int[tokens * rows];
      tables = arena.allocate(kernel.tableBytes(cols, tokens), TernaryMatrix.ALIGNMENT);
      scratch = new TileScratch[threads];
      for (int i = 0; i < threads; i++) {
        scratch[i] = kernel.newTileScratch(arena);
      }
    }
  }

  /** Makes operands and threads. */
  @Setup(Level.Trial)
  public void setUp() {
    operands = new Operands(kernel, shape, tokens, threads, arena);
    team.close();
    team = new WorkerTeam("benchmark", threads);
  }

  /** Ends the threads and releases the memory. */
  @TearDown(Level.Trial)
  public void tearDown() {
    team.close();
    arena.close();
  }

  /** One matrix times some vectors, the preparation of tables included. */
  @Benchmark
  public int[] multiply(Work work) {
    Operands o = operands;
    TernaryMatrix w = o.matrices[next++ % o.matrices.length];
    team.run((worker, workers) -> o.kernel.prepare(o.q, 0, o.cols, tokens, o.cols, o.tables,
        WorkerTeam.from(worker, workers, w.chunks()), WorkerTeam.to(worker, workers, w.chunks())));
    team.run((worker, workers) -> o.kernel.multiply(w, o.tables, tokens, o.sums, 0, o.rows,
        WorkerTeam.from(worker, workers, w.rowBlocks()), WorkerTeam.to(worker, workers, w.rowBlocks()),
        o.scratch[worker]));
    work.add((long) o.rows * o.cols * tokens, w.packed().byteSize());
    return o.sums;
  }
}
