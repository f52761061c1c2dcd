/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.thread.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

/** The logits of one token: the output matrix of a large vocabulary times the last hidden state. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {BenchmarkSetup.VECTOR_MODULE, BenchmarkSetup.NATIVE_ACCESS, BenchmarkSetup.HEAP})
public class DenseHeadBenchmark {

  /** Which kernels. */
  @Param({"scalar", "vector"})
  public String kernel = "";

  /** How weights are stored. */
  @Param({"F16", "BF16", "Q8_0"})
  public DenseType type = DenseType.F16;

  /** Vocabulary size and model dimension. */
  @Param({"128256x2560"})
  public String shape = "";

  /** Size of the worker team. */
  @Param({"1", "2"})
  public int threads;

  private final Arena arena = Arena.ofShared();
  private DenseKernel dense = BenchmarkSetup.kernels("scalar").dense();
  private DenseMatrix w = new DenseMatrix(DenseType.F32, 1, 1, arena.allocate(4));
  private WorkerTeam team = new WorkerTeam("unused", 1);
  private float[] x = {};
  private float[] logits = {};

  /** Makes operands and threads; scales and weights are finite. */
  @Setup(Level.Trial)
  public void setUp() {
    int rows = BenchmarkSetup.shape(shape)[0];
    int cols = BenchmarkSetup.shape(shape)[1];
    dense = BenchmarkSetup.kernels(kernel).dense();
    MemorySegment data = arena.allocate(rows * type.rowBytes(cols), 64);
    Random random = new Random(BenchmarkSetup.SEED);
    for (long i = 0; i + Long.BYTES <= data.byteSize(); i += Long.BYTES) {
      data.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
    }
    for (long i = 0; i < data.byteSize(); i += type.blockBytes()) {
      float value = (float) random.nextGaussian() * 0.02f;
      data.set(ValueLayout.JAVA_SHORT_UNALIGNED, i,
          type == DenseType.BF16 ? (short) (Float.floatToRawIntBits(value) >>> 16) : Float.floatToFloat16(value));
    }
    w = new DenseMatrix(type, rows, cols, data);
    x = BenchmarkSetup.gaussians(cols);
    logits = new float[rows];
    team.close();
    team = new WorkerTeam("benchmark", threads);
  }

  /** Ends the threads and releases the memory. */
  @TearDown(Level.Trial)
  public void tearDown() {
    team.close();
    arena.close();
  }

  /** All logits. */
  @Benchmark
  public float[] head(Work work) {
    team.run((worker, workers) -> dense.multiply(w, x, 0, logits, 0, WorkerTeam.from(worker, workers, w.rows()),
        WorkerTeam.to(worker, workers, w.rows())));
    work.add((long) w.rows() * w.cols(), w.data().byteSize());
    return logits;
  }
}
