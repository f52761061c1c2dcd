/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.llm.bitnet.model.RopeConfig;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The frequencies against their published formulas, at the ends and in the middle. */
class RopeScalingTest {

  private static final double RELATIVE = 1e-12;

  private static void assertFrequency(double expected, RopeConfig rope, int pair) {
    assertEquals(expected, rope.frequencies().get(pair), Math.abs(expected) * RELATIVE);
  }

  @Test
  void plainFrequenciesFallWithTheta() {
    var rope = RopeScaling.rope(new RopeScaling.None(), 10000, 8, false);
    assertFrequency(1, rope, 0);
    assertFrequency(0.1, rope, 1);
    assertFrequency(0.01, rope, 2);
    assertFrequency(0.001, rope, 3);
    assertEquals(8, rope.rotatedDim());
  }

  @Test
  void linearDividesAll() {
    var rope = RopeScaling.rope(new RopeScaling.Linear(4), 10000, 8, false);
    assertFrequency(0.25, rope, 0);
    assertFrequency(0.025, rope, 1);
  }

  @Test
  void llama3KeepsShortDividesLongAndBlendsBetween() {
    // Wavelengths of theta 10000, 8 dimensions: 6.28, 62.8, 628, 6283; original context 2000, kept below 500, divided over 2000.
    var rope = RopeScaling.rope(new RopeScaling.Llama3(8, 1, 4, 2000), 10000, 8, false);
    assertFrequency(1, rope, 0);
    assertFrequency(0.1, rope, 1);
    double smooth = (2000 / (200 * Math.PI) - 1) / 3;
    assertFrequency((1 - smooth) * 0.01 / 8 + smooth * 0.01, rope, 2);
    assertFrequency(0.001 / 8, rope, 3);
  }

  @Test
  void yarnScalesCosineAndSineByItsAttentionFactor() {
    var rope = RopeScaling.rope(new RopeScaling.Yarn(4, 16384, 32, 1, 0), 1e6, 128, false);
    assertEquals((float) (0.1 * Math.log(4) + 1), rope.attentionFactor());
    assertFrequency(1, rope, 0);
    // The ramp goes from pair 20, floor(20.38), to pair 37, ceil(36.44).
    double middle = Math.pow(1e6, -2.0 * 30 / 128);
    double ramp = 10.0 / 17;
    assertFrequency(middle / 4 * ramp + middle * (1 - ramp), rope, 30);
    double last = Math.pow(1e6, -126.0 / 128);
    assertFrequency(last / 4, rope, 63);
  }
}
