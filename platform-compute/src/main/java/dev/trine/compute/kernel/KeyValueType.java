/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

/** How the keys and values of attention are stored. */
public enum KeyValueType {
  /** IEEE single precision: exact. */
  F32(4),
  /** IEEE half precision, rounded to nearest; magnitudes beyond its largest, 65504, become that. */
  F16(2),
  /** Signed bytes with a single-precision scale for each head's key and each head's value: {@code n * absmax / 127}. */
  Q8(1);

  private final int bytes;

  KeyValueType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value, without its share of a scale. */
  public int bytes() {
    return bytes;
  }

  /** Bytes of the scales of one block of keys or of values. */
  int scaleBytes() {
    return this == Q8 ? KeyValueLayout.POSITIONS * Float.BYTES : 0;
  }
}
