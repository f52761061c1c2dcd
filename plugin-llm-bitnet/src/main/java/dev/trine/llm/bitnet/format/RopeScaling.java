/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.llm.bitnet.model.RopeConfig;

/**
 * The ways in which models stretch rotary position embedding over longer contexts, worked into the frequencies. {@code f} is a
 * plain frequency, {@code D} the number of rotated dimensions.
 */
sealed interface RopeScaling {

  /** No stretching. */
  record None() implements RopeScaling {}

  /** Positions divided by a factor (Chen et al., 2023). */
  record Linear(double factor) implements RopeScaling {}

  /** Llama 3.1: long wavelengths divided by a factor, short ones kept, a ramp between. */
  record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, double originalContext)
      implements
        RopeScaling {}

  /**
   * YaRN (Peng et al., 2023).
   *
   * @param attentionFactor factor of cosine and sine; 0 for {@code 0.1 ln(factor) + 1}
   */
  record Yarn(double factor, double originalContext, double betaFast, double betaSlow, double attentionFactor)
      implements
        RopeScaling {}

  /** The rotary embedding of a model. */
  static RopeConfig rope(RopeScaling scaling, double theta, int rotatedDim, boolean interleaved) {
    double[] frequencies = RopeConfig.plainFrequencies(theta, rotatedDim);
    float attentionFactor = 1;
    switch (scaling) {
      case None() -> {
      }
      case Linear(double factor) -> {
        for (int j = 0; j < frequencies.length; j++) {
          frequencies[j] /= factor;
        }
      }
      case Llama3 llama3 -> {
        for (int j = 0; j < frequencies.length; j++) {
          frequencies[j] = stretch(llama3, frequencies[j]);
        }
      }
      case Yarn yarn -> {
        stretch(yarn, theta, rotatedDim, frequencies);
        attentionFactor = (float) (yarn.attentionFactor != 0 ? yarn.attentionFactor : 0.1 * Math.log(yarn.factor) + 1);
      }
    }
    return new RopeConfig(new RopeConfig.Frequencies(frequencies), attentionFactor, interleaved);
  }

  private static double stretch(Llama3 scaling, double frequency) {
    double wavelength = 2 * Math.PI / frequency;
    if (wavelength < scaling.originalContext / scaling.highFrequencyFactor) {
      return frequency;
    }
    if (wavelength > scaling.originalContext / scaling.lowFrequencyFactor) {
      return frequency / scaling.factor;
    }
    double smooth = (scaling.originalContext / wavelength - scaling.lowFrequencyFactor)
        / (scaling.highFrequencyFactor - scaling.lowFrequencyFactor);
    return (1 - smooth) * frequency / scaling.factor + smooth * frequency;
  }

  private static void stretch(Yarn scaling, double theta, int rotatedDim, double[] frequencies) {
    double low = Math.max(0, Math.floor(correction(scaling, theta, rotatedDim, scaling.betaFast)));
    double high = Math.min(rotatedDim - 1, Math.ceil(correction(scaling, theta, rotatedDim, scaling.betaSlow)));
    for (int j = 0; j < frequencies.length; j++) {
      double ramp = Math.clamp((j - low) / Math.max(high - low, 0.001), 0, 1);
      frequencies[j] = frequencies[j] / scaling.factor * ramp + frequencies[j] * (1 - ramp);
    }
  }

  private static double correction(Yarn scaling, double theta, int rotatedDim, double rotations) {
    return rotatedDim * Math.log(scaling.originalContext / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
  }
}
