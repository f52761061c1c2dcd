/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.benchmarks;

import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.kernel.choice.KernelChoice.Preference;
import java.util.Locale;
import java.util.Random;

/** What the benchmarks share. */
final class BenchmarkSetup {

  static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";
  static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
  static final String HEAP = "-Xmx1g";
  static final long SEED = 20261121;

  private BenchmarkSetup() {}

  /** The kernels of a parameter's value, {@code scalar} or {@code vector}. */
  static Kernels kernels(String kernel) {
    return KernelChoice.choose(Preference.valueOf(kernel.toUpperCase(Locale.ROOT))).kernels();
  }

  /** Rows and columns of a shape such as {@code 2560x6912}. */
  static int[] shape(String shape) {
    String[] parts = shape.split("x", 2);
    return new int[]{Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
  }

  static float[] gaussians(int length) {
    Random random = new Random(SEED);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
