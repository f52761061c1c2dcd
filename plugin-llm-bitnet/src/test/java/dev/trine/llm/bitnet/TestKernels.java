/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * The kernels of tests that the build runs several times: those that a machine chooses when nothing is measured, or those that a run's
 * system properties name. Where the machine does not have these, tests are skipped and say so.
 */
public final class TestKernels {

  /** A layout of ternary weights. */
  private static final String LAYOUT = "trine.test.layout";
  /** What vector kernels are called, such as {@code vector-256}, when the virtual machine was started for these and no others. */
  private static final String VECTOR_KERNELS = "trine.test.vector-kernels";

  private TestKernels() {}

  public static Kernels choose(KernelChoice.Preference preference) {
    KernelChoice choice = KernelChoice.choose(preference);
    String layout = System.getProperty(LAYOUT, "");
    if (!layout.isEmpty()) {
      try {
        choice = choice.recall(KernelChoice.Layout.valueOf(layout), Optional.empty());
      } catch (PlatformException e) {
        Assumptions.abort(String.valueOf(e.getMessage()));
      }
    }
    Kernels kernels = choice.kernels();
    String expected = System.getProperty(VECTOR_KERNELS, "");
    if (!expected.isEmpty()) {
      Assumptions.assumeTrue(kernels.name().equals(expected), () -> "needs " + expected + ", has " + kernels.name());
    }
    return kernels;
  }
}
