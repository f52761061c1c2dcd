/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.thread.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Makes the coarse copy of a head where that saves time. */
public final class HeadScreen {

  /** A head that stays in the caches is not worth a copy. */
  private static final long SMALLEST_HEAD_BYTES = 32 << 20;
  /** How much smaller the copy must be. */
  private static final double SMALLEST_GAIN = 1.4;

  private HeadScreen() {}

  /** Whether a copy of this head would make decoding faster. */
  public static boolean pays(DenseMatrix head, Kernels kernels) {
    long bytes = head.rowBytes() * head.rows();
    return kernels.screen().isPresent() && bytes >= SMALLEST_HEAD_BYTES
        && bytes >= SMALLEST_GAIN * ScreenMatrix.packedBytes(head.rows(), head.cols());
  }

  /**
   * Makes the copy.
   *
   * @param team  shares the work
   * @param arena owner of the copy
   * @return empty when the head has weights that are not finite
   */
  public static Optional<ScreenMatrix> make(DenseMatrix head, Kernels kernels, WorkerTeam team, Arena arena) {
    int rows = head.rows();
    int cols = head.cols();
    MemorySegment packed = arena.allocate(ScreenMatrix.packedBytes(rows, cols), ScreenMatrix.ALIGNMENT);
    return fill(head, kernels, team, packed) ? Optional.of(ScreenMatrix.wrap(rows, cols, packed)) : Optional.empty();
  }

  /** Writes the copy into memory of the right size; false when the head has weights that are not finite. */
  public static boolean fill(DenseMatrix head, Kernels kernels, WorkerTeam team, MemorySegment packed) {
    var finite = new AtomicBoolean(true);
    int blocks = ScreenMatrix.rowBlocks(head.rows());
    team.run((worker, workers) -> {
      boolean all = ScreenMatrix.packInto(head.rows(), head.cols(),
          (row, out) -> kernels.dense().decodeRow(head, row, out, 0), packed, WorkerTeam.from(worker, workers, blocks),
          WorkerTeam.to(worker, workers, blocks));
      if (!all) {
        finite.set(false);
      }
    });
    return finite.get();
  }
}
