/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.thread.WorkerTeam;
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

/** What one fork and join of empty work costs; a token of a model of 2 billion weights needs some 300. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {BenchmarkSetup.VECTOR_MODULE, BenchmarkSetup.NATIVE_ACCESS, BenchmarkSetup.HEAP})
public class WorkerTeamBenchmark {

  /** Size of the worker team. */
  @Param({"1", "2"})
  public int threads;

  private WorkerTeam team = new WorkerTeam("unused", 1);
  private final WorkerTeam.Task nothing = (worker, workers) -> {};

  /** Starts the threads. */
  @Setup(Level.Trial)
  public void setUp() {
    team.close();
    team = new WorkerTeam("benchmark", threads);
  }

  /** Ends the threads. */
  @TearDown(Level.Trial)
  public void tearDown() {
    team.close();
  }

  /** One fork and join. */
  @Benchmark
  public WorkerTeam forkAndJoin() {
    team.run(nothing);
    return team;
  }
}
