/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.thread.WorkerTeam;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of a worker team when other programs take the cores. The work is like that of decoding: a token is
 * {@value #FORKS} forks and joins, each with some 50 to 100 µs of arithmetic for every thread. It is done alone, beside one and
 * beside two processes that spin on all processors, in turns within one run; with n such processes the fair share of the cores
 * makes it n + 1 times slower. For comparison the same work is done in one fork, where threads hardly wait for each other: what
 * a token takes beyond that is what forking and joining costs beside the same neighbours.
 *
 * <p>{@code java -cp 'benchmarks/target/classes:platform-compute/target/classes' dev.trine.benchmarks.TeamContentionBenchmark
 * [THREADS] [ROUNDS]}
 */
public final class TeamContentionBenchmark {

  private static final int FORKS = 300;
  /** Items of one fork: like the row blocks of a matrix. */
  private static final int ITEMS = 40;
  /** Steps of arithmetic per item, a few microseconds in all. */
  private static final int STEPS = 1500;
  /** Items of a small part. */
  private static final int GRAIN = 4;
  private static final int TOKENS = 15;
  private static final int MOST_BUSY = 2;

  private final WorkerTeam team;
  private final long[] results = new long[ITEMS];
  private final WorkerTeam.Task shares = (worker, workers) -> compute(WorkerTeam.from(worker, workers, ITEMS),
      WorkerTeam.to(worker, workers, ITEMS));
  private final WorkerTeam.RangeTask ranges = (worker, from, to) -> compute(from, to);

  private TeamContentionBenchmark(WorkerTeam team) {
    this.team = team;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length > 0 && args[0].equals("busy")) {
      beBusy();
    }
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : Runtime.getRuntime().availableProcessors();
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    Way[] ways = Way.values();
    int oneFork = Arrays.asList(ways).indexOf(Way.ONE_FORK);
    var times = new Times[MOST_BUSY + 1][ways.length];
    for (Times[] ofWays : times) {
      Arrays.setAll(ofWays, way -> new Times());
    }
    try (var team = new WorkerTeam("benchmark", threads)) {
      var ours = new TeamContentionBenchmark(team);
      for (int i = 0; i < 20; i++) {
        for (Way way : Way.values()) {
          ours.token(way);
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (int busy = 0; busy <= MOST_BUSY; busy++) {
          List<Process> others = startBusy(busy);
          try {
            for (int token = 0; token < TOKENS; token++) {
              for (int way = 0; way < ways.length; way++) {
                Way how = ways[way];
                times[busy][way].measure(() -> ours.token(how));
              }
            }
          } finally {
            for (Process other : others) {
              other.destroyForcibly().waitFor();
            }
          }
        }
      }
    }
    for (int busy = 0; busy <= MOST_BUSY; busy++) {
      for (int way = 0; way < ways.length; way++) {
        Times now = times[busy][way];
        System.out.printf(Locale.ROOT,
            "beside %d busy processes, %-12s mean %8.2f ms a token, median %8.2f, p90 %8.2f; alone x %5.2f, one fork x %5.2f%n",
            busy, ways[way], now.mean(), now.at(0.5), now.at(0.9), now.mean() / times[0][way].mean(),
            now.mean() / times[busy][oneFork].mean());
      }
    }
  }

  private enum Way {
    /** As many equal shares as there are threads. */
    SHARES,
    /** Many small parts. */
    PARTS,
    /** All of a token's work in small parts of one fork. */
    ONE_FORK
  }

  /** Milliseconds. */
  private static final class Times {
    private double[] values = {};

    void measure(Runnable what) {
      long start = System.nanoTime();
      what.run();
      values = Arrays.copyOf(values, values.length + 1);
      values[values.length - 1] = (System.nanoTime() - start) / 1e6;
    }

    double mean() {
      return Arrays.stream(values).average().orElseThrow();
    }

    double at(double quantile) {
      return Arrays.stream(values).sorted().toArray()[(int) (values.length * quantile)];
    }
  }

  private void token(Way way) {
    if (way == Way.ONE_FORK) {
      team.forEach(FORKS * ITEMS, GRAIN, ranges);
      return;
    }
    for (int fork = 0; fork < FORKS; fork++) {
      if (way == Way.PARTS) {
        team.forEach(ITEMS, GRAIN, ranges);
      } else {
        team.run(shares);
      }
    }
  }

  private void compute(int from, int to) {
    for (int item = from; item < to; item++) {
      long x = item + 1L;
      for (int step = 0; step < STEPS; step++) {
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
      }
      results[item % ITEMS] = x;
    }
  }

  private static List<Process> startBusy(int count) throws IOException, InterruptedException {
    var processes = new ArrayList<Process>();
    for (int i = 0; i < count; i++) {
      Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp",
          System.getProperty("java.class.path"), TeamContentionBenchmark.class.getName(), "busy").start();
      process.getInputStream().read();
      processes.add(process);
    }
    return processes;
  }

  /** Spins on all processors; ends by itself when nobody has stopped it. */
  private static void beBusy() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Thread.ofPlatform().start(() -> {
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
      });
    }
    System.out.println("busy");
    System.out.flush();
    Thread.sleep(TimeUnit.MINUTES.toMillis(1));
    System.exit(0);
  }
}
