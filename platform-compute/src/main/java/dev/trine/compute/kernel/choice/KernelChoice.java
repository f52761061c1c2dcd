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
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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

  /** Which layout ternary matrices shall have. */
  public enum Layout {
    /** The one that is measured to be fastest here. */
    AUTO,
    /** Four weights a byte. */
    LUT4,
    /** Five weights a byte. */
    TRIT5
  }

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /**
   * Read once by the Vector API: 0 takes range checks out of vector loads and stores, worth a factor of 1.5 to 2. Kernels
   * check ranges at their entries instead.
   */
  private static final String RANGE_CHECKS = "jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK";

  private static final int LAST_COMPILER_TIER = 4;

  private final Kernels kernels;
  /** Why these kernels. */
  private final String reason;
  /** Why this layout; empty while nothing has been asked about layouts. */
  private final String layoutReason;
  private final boolean degraded;
  private final boolean measured;

  private KernelChoice(Kernels kernels, String reason, String layoutReason, boolean degraded, boolean measured) {
    this.kernels = kernels;
    this.reason = reason;
    this.layoutReason = layoutReason;
    this.degraded = degraded;
    this.measured = measured;
  }

  private KernelChoice(Kernels kernels, String reason, boolean degraded) {
    this(kernels, reason, "", degraded, false);
  }

  private KernelChoice withLayout(Kernels newKernels, String why, boolean nowMeasured) {
    return new KernelChoice(newKernels, reason, why, degraded, nowMeasured);
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
    VectorKernels kernels = new VectorKernels(VectorKernels.decodes(processor.bytePermutes()).getFirst());
    String method = kernels.decode() == VectorKernels.Decode.MULTIPLY
        ? "by 16-bit multiplication"
        : "by table look-up in two registers";
    String why = preference == Preference.VECTOR
        ? "because the configuration asks for them"
        : "the fastest that work here";
    return new KernelChoice(kernels,
        "Vector kernels of " + kernels.bits() + " bits with ternary decode " + method + " on "
            + processor.name() + ", " + why + ".",
        false);
  }

  /**
   * Chooses the layout of ternary matrices, and how few tokens are multiplied singly, by what is remembered of an earlier
   * measurement on this machine.
   *
   * @param directory where {@link #measure} remembers; empty where it cannot
   * @return a choice that is {@link #measured}, or this one's kernels with the layout asked for
   * @throws PlatformException with {@link StandardErrorCode#INVALID_CONFIGURATION} for a layout that cannot be used here
   */
  public KernelChoice recall(Layout layout, Optional<Path> directory) {
    return tune(layout, directory, methods -> Optional.empty(),
        " until a model is opened and kernels are measured.");
  }

  /** As {@link #recall}, but measures, for a second or two, what is not remembered. */
  public KernelChoice measure(Layout layout, Optional<Path> directory) {
    return measure(layout, directory, KernelTimer::measure);
  }

  /** @param timer measures some methods; empty when it cannot at present */
  KernelChoice measure(Layout layout, Optional<Path> directory, Function<List<Decode>, Optional<Measurement>> timer) {
    return tune(layout, directory, timer,
        ", because the machine was too busy to measure; the next start measures again.");
  }

  private KernelChoice tune(Layout layout, Optional<Path> directory,
      Function<List<Decode>, Optional<Measurement>> timer, String unmeasured) {
    if (!(kernels instanceof VectorKernels vector)) {
      return layout == Layout.TRIT5
          ? withLayout(new ScalarKernels(TernaryLayout.TRIT5), "Layout TRIT5 as configured.", false)
          : this;
    }
    Processor processor = Processor.detect();
    List<Decode> methods = VectorKernels.decodes(processor.bytePermutes()).stream()
        .filter(method -> layout == Layout.AUTO || layoutOf(method).name().equals(layout.name())).toList();
    if (methods.isEmpty()) {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION,
          "layout " + layout + " of ternary weights needs a processor with AVX-512 VBMI and 512-bit vectors, which "
              + processor.name() + " with vectors of " + vector.bits() + " bits does not have");
    }
    Optional<MeasurementFile> file = directory
        .map(folder -> new MeasurementFile(folder, processor.name(), vector.bits()));
    Measurement remembered = file.map(MeasurementFile::load).orElse(Measurement.NONE);
    Measurement known = remembered;
    List<Decode> missing = methods.stream().filter(method -> !remembered.has(method)).toList();
    if (!missing.isEmpty()) {
      // Methods that are to be compared take turns: figures of different times tell nothing of each other.
      Optional<Measurement> found = timer.apply(methods);
      if (found.isEmpty()) {
        Decode first = methods.getFirst();
        return withLayout(new VectorKernels(first), "Layout " + layoutOf(first) + unmeasured, false);
      }
      known = remembered.with(found.get());
      Measurement all = known;
      file.ifPresent(kept -> kept.store(all));
    }
    Measurement measurement = known.of(methods);
    Decode best = measurement.best();
    String why = layout == Layout.AUTO ? "the fastest of" : "as configured;";
    return withLayout(new VectorKernels(best, measurement.speed(best).tileCost()),
        "Layout " + layoutOf(best) + ", " + why + " " + measurement.describe() + ".", true);
  }

  static TernaryLayout layoutOf(Decode method) {
    return method == Decode.SIGNED_LOOKUP ? TernaryLayout.TRIT5 : TernaryLayout.LUT4;
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

  /** Full sentences for reports: which kernels and which layout, on what, and why. */
  public String reason() {
    return layoutReason.isEmpty() ? reason : reason + " " + layoutReason;
  }

  /** Whether {@link #measure} or {@link #recall} found figures, so that there is nothing left to measure. */
  public boolean measured() {
    return measured;
  }

  /** Whether slow kernels are in use that nobody asked for. */
  public boolean degraded() {
    return degraded;
  }
}
