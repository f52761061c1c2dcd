/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/** Rotary position embedding (Su et al., 2021): rotates pairs of dimensions of a head by an angle that grows with position. */
final class RotaryEmbedding {

  private final RopeConfig config;

  RotaryEmbedding(RopeConfig config) {
    this.config = config;
  }

  /**
   * Computes the rotation of a position; angles in double precision, as positions times frequencies lose too much in single.
   *
   * @param cosines {@code [pairs]} from {@code offset} on
   * @param sines   {@code [pairs]} from {@code offset} on
   */
  void prepare(int position, float[] cosines, float[] sines, int offset) {
    var frequencies = config.frequencies();
    int pairs = frequencies.count();
    for (int j = 0; j < pairs; j++) {
      double angle = position * frequencies.get(j);
      cosines[offset + j] = (float) (Math.cos(angle) * config.attentionFactor());
      sines[offset + j] = (float) (Math.sin(angle) * config.attentionFactor());
    }
  }

  /** Rotates one head in place, {@code x[offset..offset + rotatedDim]}, by the angles at {@code at}. */
  void rotate(float[] x, int offset, float[] cosines, float[] sines, int at) {
    int pairs = config.frequencies().count();
    int step = config.interleaved() ? 2 : 1;
    int distance = config.interleaved() ? 1 : pairs;
    for (int j = 0; j < pairs; j++) {
      int first = offset + j * step;
      int second = first + distance;
      float cosine = cosines[at + j];
      float sine = sines[at + j];
      float a = x[first];
      float b = x[second];
      x[first] = a * cosine - b * sine;
      x[second] = b * cosine + a * sine;
    }
  }
}
