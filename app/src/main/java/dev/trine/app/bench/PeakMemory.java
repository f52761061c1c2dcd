/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The largest amount of memory that this process has held at once ({@code VmHWM} of Linux), weights that are mapped from files
 * included. Phases can be left out: memory that only the measuring takes says nothing about a model.
 */
final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  /** Resets the mark to what is held now (proc(5)). */
  private static final String RESET_PEAK = "5";

  private long peakBytes = -1;
  private boolean resettable = true;

  /** Takes in what has happened since the last phase that was left out. */
  void update() {
    if (resettable) {
      peakBytes = Math.max(peakBytes, read());
    }
  }

  /** Runs something whose memory does not count. */
  void leaveOut(Runnable phase) {
    update();
    phase.run();
    try {
      Files.writeString(CLEAR, RESET_PEAK);
    } catch (IOException e) {
      // From here on the mark says nothing about the model; what was read before still holds.
      resettable = false;
    }
  }

  /** The peak, in bytes; empty where the system does not tell. */
  OptionalLong bytes() {
    return peakBytes < 0 ? OptionalLong.empty() : OptionalLong.of(peakBytes);
  }

  private static long read() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
    return -1;
  }
}
