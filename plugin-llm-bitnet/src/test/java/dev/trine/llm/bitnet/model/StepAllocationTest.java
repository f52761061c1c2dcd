/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import com.sun.management.ThreadMXBean;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.GoldenFiles;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.kvcache.SequenceCache;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Steps allocate nothing worth speaking of, on whatever thread: garbage would stop all streams at once. */
class StepAllocationTest {

  /** Less than one object. */
  private static final long MOST_BYTES_PER_STEP = 16;
  private static final int STEPS = 20;
  private static final long WARM_UP_NANOS = 30_000_000_000L;
  private static final String TEAM = "step-allocation-test";

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void stepsAllocateNextToNothing(int threads) {
    Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();
    try (Arena arena = Arena.ofShared(); var team = new WorkerTeam(TEAM, threads)) {
      var checkpoint = Checkpoints.open(GoldenFiles.path("bitnet-mini-set/bitnet-mini"), arena);
      var transformer = new Transformer(checkpoint.config(),
          checkpoint.loadWeights(kernels, arena, threads, (done, total) -> {}));
      try (var workspace = new Workspace(checkpoint.config(), kernels, team, 16, 4);
          var pool = Sequences.newPool(transformer, KeyValueType.F16, 3)) {
        var one = new SequenceCache(pool, 256);
        var other = new SequenceCache(pool, 256);
        var step = new Step();
        int[] tokens = {1, 2, 3, 4, 5, 6, 7, 8};
        Runnable steps = () -> {
          for (int i = 0; i < STEPS; i++) {
            step.clear();
            step.add(one, tokens, i % 8, 1, 1);
            step.add(other, tokens, 0, i % 3 + 1, 1);
            transformer.evaluate(workspace, step);
          }
          one.truncate(0);
          other.truncate(0);
        };
        List<Thread> workers = Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith(TEAM)).toList();
        assertEquals(threads - 1, workers.size());
        // Until the compiled code allocates no more, for as long as a busy machine may take to compile it.
        long end = System.nanoTime() + WARM_UP_NANOS;
        long bytes;
        do {
          long before = allocated(workers);
          steps.run();
          bytes = (allocated(workers) - before) / STEPS;
        } while (bytes >= MOST_BYTES_PER_STEP && System.nanoTime() < end);
        assertTrue(bytes < MOST_BYTES_PER_STEP, "a step still allocates " + bytes + " bytes");
      }
    }
  }

  /** Bytes that this thread and the team's threads have allocated so far. */
  private static long allocated(List<Thread> workers) {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < workers.size(); i++) {
      bytes += THREADS.getThreadAllocatedBytes(workers.get(i).threadId());
    }
    return bytes;
  }
}
