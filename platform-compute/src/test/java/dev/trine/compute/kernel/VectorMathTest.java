/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.compute.kernel.KernelsUnderTest.Named;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class VectorMathTest {

  private static final long SEED = 20261121;
  private static final float EPS = 1e-5f;

  record Case(Named implementation, int length) {

    VectorMath math() {
      return implementation.kernels().math();
    }

    float[] values() {
      return KernelsUnderTest.gaussians(SEED + length, length + 6);
    }

    float[] others() {
      return KernelsUnderTest.gaussians(SEED - length, length + 6);
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Named implementation : KernelsUnderTest.all()) {
      for (int size : KernelsUnderTest.SIZES) {
        cases.add(new Case(implementation, size));
      }
    }
    return cases;
  }

  private static final VectorMath SCALAR = KernelsUnderTest.scalar().math();

  @ParameterizedTest
  @MethodSource("cases")
  void addsScaledVectors(Case test) {
    float[] expected = test.values();
    float[] actual = test.values();
    SCALAR.addScaled(expected, 1, 0.7f, test.others(), 2, test.length());
    test.math().addScaled(actual, 1, 0.7f, test.others(), 2, test.length());
    assertArrayEquals(expected, actual, 1e-6f);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void normalisesAsTheSpecificationDoes(Case test) {
    float[] expected = new float[test.length() + 2];
    float[] actual = new float[test.length() + 2];
    SCALAR.rmsNorm(test.values(), 3, test.others(), EPS, expected, 1, test.length());
    test.math().rmsNorm(test.values(), 3, test.others(), EPS, actual, 1, test.length());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], Math.ulp(expected[i]) * 2, "index " + i);
    }
    float[] inPlace = test.values();
    test.math().rmsNorm(inPlace, 3, test.others(), EPS, inPlace, 3, test.length());
    assertArrayEquals(Arrays.copyOfRange(actual, 1, 1 + test.length()),
        Arrays.copyOfRange(inPlace, 3, 3 + test.length()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void quantisesToTheSameBytes(Case test) {
    for (float magnitude : new float[]{1, 1e-7f, 1e30f, 0}) {
      float[] x = test.values();
      for (int i = 0; i < x.length; i++) {
        x[i] *= magnitude;
      }
      byte[] expected = new byte[test.length() + 2];
      byte[] actual = new byte[test.length() + 2];
      float scale = SCALAR.quantise(x, 4, test.length(), expected, 1);
      assertEquals(scale, test.math().quantise(x, 4, test.length(), actual, 1));
      assertArrayEquals(expected, actual, "magnitude " + magnitude + ", seed " + SEED);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void roundsTiesToEven(Case test) {
    float[] x = new float[test.length()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i % 255 - 127) + (i % 254 == 0 ? 0f : 0.5f);
    }
    x[0] = -127;
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.clamp(x[i], -127f, 127f);
    }
    byte[] q = new byte[x.length];
    assertEquals(1f, test.math().quantise(x, 0, x.length, q, 0));
    for (int i = 0; i < x.length; i++) {
      assertEquals((byte) Math.rint(x[i]), q[i], "value " + x[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scalesSumsExactly(Case test) {
    int[] sums = new int[test.length() + 1];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = (i * 7919 - 30_000) * (i % 2 == 0 ? 1 : -1);
    }
    float[] expected = new float[test.length()];
    float[] actual = new float[test.length()];
    SCALAR.scaleSums(sums, 1, 0.0123f, expected, 0, test.length());
    test.math().scaleSums(sums, 1, 0.0123f, actual, 0, test.length());
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gatesWithSquaredReluExactly(Case test) {
    float[] expected = new float[test.length()];
    float[] actual = new float[test.length()];
    SCALAR.reluSquaredTimes(test.values(), 1, test.others(), 2, expected, 0, test.length());
    test.math().reluSquaredTimes(test.values(), 1, test.others(), 2, actual, 0, test.length());
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gatesWithSilu(Case test) {
    float[] gate = test.values();
    for (int i = 0; i < gate.length; i++) {
      gate[i] *= i % 5 == 0 ? 100 : 5;
    }
    float[] up = test.others();
    float[] out = new float[test.length()];
    test.math().siluTimes(gate, 1, up, 2, out, 0, test.length());
    for (int i = 0; i < out.length; i++) {
      double g = gate[1 + i];
      double exact = g / (1 + Math.exp(-g)) * up[2 + i];
      assertEquals(exact, out[i], Math.abs(exact) * 2e-6 + 1e-30, "gate " + g);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.trine.compute.kernel.KernelsUnderTest#all")
  void rejectsWhatWouldLeaveItsArrays(Named implementation) {
    VectorMath math = implementation.kernels().math();
    float[] eight = new float[8];
    float[] nine = new float[9];
    assertThrows(IndexOutOfBoundsException.class, () -> math.addScaled(nine, 1, 1f, nine, 0, 9));
    assertThrows(IndexOutOfBoundsException.class, () -> math.rmsNorm(nine, 0, eight, EPS, nine, 0, 9));
    assertThrows(IndexOutOfBoundsException.class, () -> math.quantise(nine, 0, 9, new byte[9], 1));
    assertThrows(IndexOutOfBoundsException.class, () -> math.scaleSums(new int[8], 0, 1f, nine, 0, 9));
    assertThrows(IndexOutOfBoundsException.class, () -> math.reluSquaredTimes(nine, 0, eight, 0, nine, 0, 9));
    assertThrows(IndexOutOfBoundsException.class, () -> math.siluTimes(nine, 0, nine, 0, eight, 0, 9));
  }
}
