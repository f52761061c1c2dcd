/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** The kernels that this process uses, and why. Chosen once by the caller at start, logged and shown to users. */
public final class KernelChoice {

  /** What the user asked for. */
  public enum Preference {
    /** The fastest that works here. */
    AUTO,
    /** Plain loops, whatever the machine can do. */
    SCALAR,
    /** Vector kernels or an error. */
    VECTOR
  }

  private final Kernels kernels;
  private final String reason;
  private final boolean degraded;

  private KernelChoice(Kernels kernels, String reason, boolean degraded) {
    this.kernels = kernels;
    this.reason = reason;
    this.degraded = degraded;
  }

  /** Chooses kernels for this machine and virtual machine. */
  public static KernelChoice choose(Preference preference) {
    return new KernelChoice(new ScalarKernels(), "Scalar kernels: " + preference + ".",
        preference != Preference.SCALAR);
  }

  /** The kernels to use. */
  public Kernels kernels() {
    return kernels;
  }

  /** A full sentence for reports: which kernels, on what, and why. */
  public String reason() {
    return reason;
  }

  /** Whether slow kernels are in use that nobody asked for. */
  public boolean degraded() {
    return degraded;
  }
}
