/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/**
 * Rotary position embedding (Su et al., 2021), with its scaling already worked into the frequencies.
 *
 * @param frequencies     angle per position of each pair, {@code rotated dimensions / 2} values, radians
 * @param attentionFactor factor of cosine and sine (YaRN; 1 otherwise)
 * @param interleaved     whether a pair is the dimensions (2j, 2j+1), as GGUF files of the llama family store them, rather than
 *                        (j, j + half), as Hugging Face files do
 */
public record RopeConfig(Frequencies frequencies, float attentionFactor, boolean interleaved) {

  /** Number of dimensions of a head that are rotated. */
  public int rotatedDim() {
    return 2 * frequencies.count();
  }

  /** The angles per position. */
  public static final class Frequencies {
    private final double[] radians;

    /** @param radians angle of each pair at position 1, in radians; copied */
    public Frequencies(double[] radians) {
      this.radians = radians.clone();
    }

    /** Number of pairs. */
    public int count() {
      return radians.length;
    }

    /** Angle of pair {@code j} at position 1, radians. */
    public double get(int j) {
      return radians[j];
    }
  }

  /** Plain frequencies {@code theta^(-2j/dim)}. */
  public static double[] plainFrequencies(double theta, int dim) {
    var frequencies = new double[dim / 2];
    for (int j = 0; j < frequencies.length; j++) {
      frequencies[j] = Math.pow(theta, -2.0 * j / dim);
    }
    return frequencies;
  }
}
