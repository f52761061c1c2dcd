/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import java.nio.ByteBuffer;

/** Random blocks of a tensor; the same for the same seed. */
final class RandomWeights {

  /** Two thirds of ternary weights are not zero. */
  private static final double TERNARY_MEAN_SQUARE = 2.0 / 3;
  /** Root mean square of the integers from -127 to 127, all alike. */
  private static final double INT8_RMS = 127 / Math.sqrt(3);

  /** Four 2-bit codes 0, 1 or 2 for each byte; nearly all combinations come equally often. */
  private static final byte[] TERNARY_CODES = new byte[256];
  /** -127 to 127: quantisers never write -128. */
  private static final byte[] INT8 = new byte[256];

  static {
    for (int i = 0; i < 256; i++) {
      int number = (i * 81) >> 8;
      TERNARY_CODES[i] = (byte) (number % 3 | ((number / 3 % 3) << 2) | ((number / 9 % 3) << 4) | ((number / 27) << 6));
      INT8[i] = (byte) (((i * 255) >> 8) - 127);
    }
  }

  private final TensorPlan plan;
  private final short scale;
  private long state;

  RandomWeights(TensorPlan plan, long seed) {
    this.plan = plan;
    this.state = seed;
    this.scale = Float.floatToFloat16(switch (plan.content()) {
      case TERNARY -> ternaryScale(plan.cols());
      case SILENT_TERNARY -> 0;
      case LOUD_TERNARY -> TensorPlan.LOUD * ternaryScale(plan.cols());
      case Q8_0 -> (float) (1 / INT8_RMS);
      case ONES, F16 -> 1;
    });
  }

  private static float ternaryScale(int cols) {
    return (float) (1 / Math.sqrt(TERNARY_MEAN_SQUARE * cols));
  }

  /** Writes the next {@code blocks} blocks, in GGUF's byte order, which the buffer must have. */
  void fill(ByteBuffer target, int blocks) {
    for (int i = 0; i < blocks; i++) {
      switch (plan.content()) {
        case ONES -> target.putFloat(1);
        case TERNARY, SILENT_TERNARY, LOUD_TERNARY -> {
          bytes(target, plan.content().blockBytes - Short.BYTES, TERNARY_CODES);
          target.putShort(scale);
        }
        case Q8_0 -> {
          target.putShort(scale);
          bytes(target, plan.content().blockBytes - Short.BYTES, INT8);
        }
        // Uniform from -sqrt(3) to sqrt(3).
        case F16 -> target.putShort(Float.floatToFloat16(((next() & 0xFFFF) / 65536f - 0.5f) * (float) Math.sqrt(12)));
      }
    }
  }

  /** {@code count} random entries of {@code table}; {@code count} is a multiple of 8. */
  private void bytes(ByteBuffer target, int count, byte[] table) {
    for (int i = 0; i < count; i += 8) {
      long random = next();
      long packed = 0;
      for (int j = 0; j < 64; j += 8) {
        packed |= (table[(int) (random >>> j) & 0xFF] & 0xFFL) << j;
      }
      target.putLong(packed);
    }
  }

  /** SplitMix64 (Steele, Lea, Flood, 2014). */
  private long next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
