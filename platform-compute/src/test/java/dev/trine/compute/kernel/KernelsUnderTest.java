/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Every implementation, and the sizes at which loops begin, end and wrap. */
final class KernelsUnderTest {

  static final int[] SIZES = {1, 7, 31, 32, 33, 255, 256, 257, 2560, 6912};

  private static final Kernels SCALAR = KernelChoice.choose(KernelChoice.Preference.SCALAR).kernels();
  private static final Kernels SCALAR_TRIT5 = new ScalarKernels(TernaryLayout.TRIT5);
  private static final Kernels VECTOR = KernelChoice.choose(KernelChoice.Preference.VECTOR).kernels();
  private static final Kernels MULTIPLYING = new VectorKernels(Decode.MULTIPLY);

  private KernelsUnderTest() {}

  /** One implementation with a name that tells apart those of equal width. */
  record Named(String name, Kernels kernels) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Kernels scalar() {
    return SCALAR;
  }

  static List<Named> all() {
    List<Named> all = new ArrayList<>();
    all.add(new Named("scalar", SCALAR));
    all.add(new Named("scalar TRIT5", SCALAR_TRIT5));
    vector().forEach(all::add);
    return all;
  }

  static Stream<Named> vector() {
    Stream<Named> some = Stream.of(new Named(VECTOR.name(), VECTOR),
        new Named(MULTIPLYING.name() + " by multiplication", MULTIPLYING));
    return VectorKernels.decodes(true).contains(Decode.SIGNED_LOOKUP)
        ? Stream.concat(some, Stream.of(new Named("TRIT5", new VectorKernels(Decode.SIGNED_LOOKUP)),
            new Named("TRIT5, never single", new VectorKernels(Decode.SIGNED_LOOKUP, 1))))
        : some;
  }

  static float[] gaussians(long seed, int length) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
