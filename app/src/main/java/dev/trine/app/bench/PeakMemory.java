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

  /** Resets the mark to what is held now (proc(5)). */
  private static final String RESET_PEAK = "5";

  private final Path status;
  private final Path clear;
  private long peakBytes = -1;
  private boolean resettable = true;

  PeakMemory() {
    this(Path.of("/proc/self/status"), Path.of("/proc/self/clear_refs"));
  }

  /**
   * @param status tells the mark
   * @param clear  resets it
   */
  PeakMemory(Path status, Path clear) {
    this.status = status;
    this.clear = clear;
  }

  /** Takes in what has happened since the last phase that was left out. */
  void update() {
    peakBytes = Math.max(peakBytes, read());
  }

  /** Runs something whose memory does not count. */
  void leaveOut(Runnable phase) {
    update();
    phase.run();
    try {
      Files.writeString(clear, RESET_PEAK);
    } catch (IOException e) {
      // From here on the mark may be that of the phase, and what was read before is not all.
      resettable = false;
    }
  }

  /** The peak, in bytes; empty where the system does not tell, or tells that of what should be left out. */
  OptionalLong bytes() {
    return peakBytes < 0 || !resettable ? OptionalLong.empty() : OptionalLong.of(peakBytes);
  }

  /** Whether the peak is missing although the system tells one: phases cannot be left out of it. */
  boolean isSpoilt() {
    return peakBytes >= 0 && !resettable;
  }

  private long read() {
    try {
      for (String line : Files.readAllLines(status)) {
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
