/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.ScalarKernels;
import dev.trine.compute.kernel.vector.VectorKernels;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that this process uses, and why. Chosen once by the caller at start, logged and shown to users: slow kernels
 * are never used silently.
 */
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

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /**
   * Read once by the Vector API: 0 takes range checks out of vector loads and stores, worth a factor of 1.5 to 2. Kernels
   * check ranges at their entries instead.
   */
  private static final String RANGE_CHECKS = "jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK";

  private static final int LAST_COMPILER_TIER = 4;

  private final Kernels kernels;
  private final String reason;
  private final boolean degraded;

  private KernelChoice(Kernels kernels, String reason, boolean degraded) {
    this.kernels = kernels;
    this.reason = reason;
    this.degraded = degraded;
  }

  /**
   * Chooses kernels for this machine and virtual machine. Must run before anything else in the process uses the Vector API,
   * or its range checks stay on and cost speed.
   *
   * @throws PlatformException with {@link StandardErrorCode#INVALID_CONFIGURATION} when vector kernels are asked for and
   *     cannot work
   */
  public static KernelChoice choose(Preference preference) {
    return switch (preference) {
      case SCALAR ->
        new KernelChoice(new ScalarKernels(), "Scalar kernels, because the configuration asks for them.", false);
      case AUTO, VECTOR -> {
        Optional<String> obstacle = obstacle();
        if (obstacle.isEmpty()) {
          yield vector(preference);
        }
        if (preference == Preference.VECTOR) {
          throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION,
              "vector kernels cannot be used, because " + obstacle.get());
        }
        yield new KernelChoice(new ScalarKernels(),
            "Scalar kernels, many times slower than vector kernels, because " + obstacle.get() + ".", true);
      }
    };
  }

  private static KernelChoice vector(Preference preference) {
    if (System.getProperty(RANGE_CHECKS) == null) {
      System.setProperty(RANGE_CHECKS, "0");
    }
    Processor processor = Processor.detect();
    VectorKernels kernels = new VectorKernels(processor.bytePermutes());
    String method = kernels.lookup() ? "by table look-up in two registers" : "by 16-bit multiplication";
    String why = preference == Preference.VECTOR
        ? "because the configuration asks for them"
        : "the fastest that work here";
    return new KernelChoice(kernels,
        "Vector kernels of " + kernels.bits() + " bits with ternary decode " + method + " on "
            + processor.name() + ", " + why + ".",
        false);
  }

  /** What keeps vector kernels from working or from being fast; empty when nothing does. */
  private static Optional<String> obstacle() {
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      return Optional.of("Java runs without the Vector API (start it with --add-modules " + VECTOR_MODULE + ")");
    }
    if (!KernelChoice.class.getModule().isNativeAccessEnabled()) {
      return Optional.of("Java forbids access to native memory (start it with --enable-native-access=ALL-UNNAMED)");
    }
    if (System.getProperty("java.vm.info", "").contains("interpreted mode")) {
      return Optional.of("Java only interprets (-Xint)");
    }
    String tier = vmOption("TieredStopAtLevel");
    if (tier != null && Integer.parseInt(tier) < LAST_COMPILER_TIER) {
      return Optional.of("Java's optimising compiler is off (TieredStopAtLevel=" + tier + ")");
    }
    if ("false".equals(vmOption("EnableVectorSupport"))) {
      return Optional.of("this Java virtual machine does not compile the Vector API (EnableVectorSupport is false)");
    }
    return Optional.empty();
  }

  /** A HotSpot option; null where there is none of that name. */
  private static @Nullable String vmOption(String name) {
    HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (hotSpot == null) {
      return null;
    }
    try {
      return hotSpot.getVMOption(name).getValue();
    } catch (IllegalArgumentException e) {
      return null; // not an option of this virtual machine, so nothing speaks against vectors
    }
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
