/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Rates beside the number of operations: in the results, {@code multiplyAdds} and {@code bytes} are per unit of the score, so
 * with operations a second they are multiply-adds and bytes of weights a second.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Work {

  /** Multiply-adds done. */
  public long multiplyAdds;

  /** Bytes of weights read. */
  public long bytes;

  void add(long newMultiplyAdds, long newBytes) {
    multiplyAdds += newMultiplyAdds;
    bytes += newBytes;
  }
}
