/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.TileScratch;
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
 * Ternary products as a model does them: decode walks through enough matrices that weights come from memory, not from a
 * cache; prefill takes one full tile.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {BenchmarkSetup.VECTOR_MODULE, BenchmarkSetup.NATIVE_ACCESS, BenchmarkSetup.HEAP})
public class TernaryBenchmark {

  private static final long BYTES_BEYOND_CACHES = 200_000_000;

  /** Which kernels. */
  @Param({"scalar", "vector"})
  public String kernel = "";

  /** Rows and columns. */
  @Param({"2560x2560", "6912x2560", "2560x6912"})
  public String shape = "";

  /** Size of the worker team. */
  @Param({"1", "2"})
  public int threads;

  private final Arena arena = Arena.ofShared();
  private Operands operands = new Operands("scalar", "1x1", 1, arena);
  private WorkerTeam team = new WorkerTeam("unused", 1);
  private int next;

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

    Operands(String kernelName, String shape, int threads, Arena arena) {
      Random random = new Random(BenchmarkSetup.SEED);
      kernel = BenchmarkSetup.kernels(kernelName).ternary();
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
      q = new byte[kernel.tileTokens() * cols];
      for (int i = 0; i < q.length; i++) {
        q[i] = (byte) (random.nextInt(255) - 127);
      }
      sums = new int[kernel.tileTokens() * rows];
      tables = arena.allocate(kernel.tableBytes(cols), TernaryMatrix.ALIGNMENT);
      kernel.prepare(q, 0, cols, tables, 0, kernel.layout().chunks(cols));
      scratch = new TileScratch[threads];
      for (int i = 0; i < threads; i++) {
        scratch[i] = kernel.newTileScratch(arena);
      }
    }
  }

  /** Makes operands and threads. */
  @Setup(Level.Trial)
  public void setUp() {
    operands = new Operands(kernel, shape, threads, arena);
    team.close();
    team = new WorkerTeam("benchmark", threads);
  }

  /** Ends the threads and releases the memory. */
  @TearDown(Level.Trial)
  public void tearDown() {
    team.close();
    arena.close();
  }

  /** One matrix times one vector, the tables' preparation included. */
  @Benchmark
  public int[] decode(Work work) {
    Operands o = operands;
    TernaryMatrix w = o.matrices[next++ % o.matrices.length];
    team.run(
        (worker, workers) -> o.kernel.prepare(o.q, 0, o.cols, o.tables, WorkerTeam.from(worker, workers, w.chunks()),
            WorkerTeam.to(worker, workers, w.chunks())));
    team.run((worker, workers) -> o.kernel.multiply(w, o.tables, o.sums, 0,
        WorkerTeam.from(worker, workers, w.rowBlocks()), WorkerTeam.to(worker, workers, w.rowBlocks())));
    work.add((long) o.rows * o.cols, w.packed().byteSize());
    return o.sums;
  }

  /** One matrix times one tile of vectors. */
  @Benchmark
  public int[] prefill(Work work) {
    Operands o = operands;
    TernaryMatrix w = o.matrices[next++ % o.matrices.length];
    int tokens = o.kernel.tileTokens();
    team.run((worker, workers) -> o.kernel.multiplyTile(w, o.q, o.cols, tokens, o.sums, o.rows, 0,
        WorkerTeam.from(worker, workers, w.rowBlocks()), WorkerTeam.to(worker, workers, w.rowBlocks()),
        o.scratch[worker]));
    work.add((long) o.rows * o.cols * tokens, w.packed().byteSize());
    return o.sums;
  }
}
