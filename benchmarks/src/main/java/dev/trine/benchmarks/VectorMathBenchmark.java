/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.kernel.VectorMath;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The vector operations between matrices, on cached data. Bytes a second are {@code 4 * length / time} for each array read
 * or written once.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {BenchmarkSetup.VECTOR_MODULE, BenchmarkSetup.NATIVE_ACCESS, BenchmarkSetup.HEAP})
public class VectorMathBenchmark {

  /** Which kernels. */
  @Param({"scalar", "vector"})
  public String kernel = "";

  /** Length of the vectors. */
  @Param({"2560", "6912"})
  public int length;

  private VectorMath math = BenchmarkSetup.kernels("scalar").math();
  private float[] x = {};
  private float[] weight = {};
  private float[] out = {};
  private byte[] q = {};

  /** Makes operands. */
  @Setup(Level.Trial)
  public void setUp() {
    math = BenchmarkSetup.kernels(kernel).math();
    x = BenchmarkSetup.gaussians(length);
    weight = BenchmarkSetup.gaussians(length);
    out = new float[length];
    q = new byte[length];
  }

  /** RMSNorm. */
  @Benchmark
  public float[] rmsNorm() {
    math.rmsNorm(x, 0, weight, 1e-5f, out, 0, length);
    return out;
  }

  /** Absmax quantisation to int8. */
  @Benchmark
  public float quantise() {
    return math.quantise(x, 0, length, q, 0);
  }

  /** SiLU gate. */
  @Benchmark
  public float[] siluTimes() {
    math.siluTimes(x, 0, weight, 0, out, 0, length);
    return out;
  }
}
