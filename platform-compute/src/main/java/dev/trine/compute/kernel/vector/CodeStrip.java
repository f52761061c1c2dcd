/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.BYTE_CODES;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT_CODES;
import static dev.trine.compute.kernel.vector.Species.SHORT_LANES;

/**
 * Weights of the block types taken apart: integer codes, and for each run of {@link #RUN} of them a scale and a minimum, so that
 * a weight is {@code scale * code + minimum}. The product is exact, so that a fused multiply-add rounds as the specification
 * does. One strip serves one thread at a time.
 */
final class CodeStrip {

  /** Codes that share a scale. */
  static final int RUN = 16;

  /** Most codes in a strip, a multiple of every block size. */
  static final int LENGTH = 1024;

  /** Adding it changes nothing, not even the sign of a zero. */
  private static final float NO_MINIMUM = -0f;

  private static final int STEP = SHORT_CODES.length();
  private static final int K_BLOCK = 256;
  private static final int K_SUB_BLOCK = 32;
  private static final int K_SCALE_BYTES = 12;

  /** Lane i has bit i. */
  private static final ShortVector BIT_OF_LANE = ShortVector.fromArray(SHORT_CODES, bits(), 0);
  /** A factor that moves the i-th pair of bits of a 16-bit word to its top. */
  private static final ShortVector PAIR_TO_TOP = ShortVector.fromArray(ShortVector.SPECIES_128, pairFactors(), 0);

  private final short[] codes = new short[LENGTH];
  private final float[] scales = new float[LENGTH / RUN];
  private final float[] minima = new float[LENGTH / RUN];

  private static short[] bits() {
    var bits = new short[STEP];
    for (int i = 0; i < STEP; i++) {
      bits[i] = (short) (1 << i);
    }
    return bits;
  }

  private static short[] pairFactors() {
    var factors = new short[8];
    for (int i = 0; i < 8; i++) {
      factors[i] = (short) (1 << (14 - 2 * i));
    }
    return factors;
  }

  /**
   * Decodes a part of a row.
   *
   * @param type  a block type of codes: not F32, F16, BF16
   * @param from  address of its first block
   * @param count number of weights, a multiple of the block size
   */
  void decode(DenseType type, long from, float[] out, int offset, int count) {
    for (int done = 0; done < count; done += LENGTH) {
      int length = Math.min(LENGTH, count - done);
      unpack(type, from + type.rowBytes(done), length);
      for (int run = 0; run < length / RUN; run++) {
        FloatVector scale = FloatVector.broadcast(FLOAT, scales[run]);
        FloatVector minimum = FloatVector.broadcast(FLOAT, minima[run]);
        for (int v = 0; v < RUN; v += LANES) {
          int i = run * RUN + v;
          ((FloatVector) ShortVector.fromArray(SHORT_LANES, codes, i).convertShape(VectorOperators.S2F, FLOAT, 0))
              .fma(scale, minimum).intoArray(out, offset + done + i);
        }
      }
    }
  }

  private void unpack(DenseType type, long from, int count) {
    long block = from;
    for (int at = 0; at < count; at += type.blockSize()) {
      switch (type) {
        case Q8_0 -> {
          setRuns(at, type.blockSize(), half(block), NO_MINIMUM);
          unpackBytes(block + 2, at);
        }
        case Q4_0 -> {
          setRuns(at, type.blockSize(), half(block), NO_MINIMUM);
          unpackNibbles(block + 2, RUN, (short) -8, at);
        }
        case Q4_1 -> {
          setRuns(at, type.blockSize(), half(block), half(block + 2));
          unpackNibbles(block + 4, RUN, (short) 0, at);
        }
        case Q5_0 -> {
          setRuns(at, type.blockSize(), half(block), NO_MINIMUM);
          unpackNibbles(block + 6, RUN, (short) -16, at);
          addFifthBits(ALL.get(Memory.INT, block + 2), at);
        }
        case Q5_1 -> {
          setRuns(at, type.blockSize(), half(block), half(block + 2));
          unpackNibbles(block + 8, RUN, (short) 0, at);
          addFifthBits(ALL.get(Memory.INT, block + 4), at);
        }
        case Q4_K -> {
          setKRuns(block, at);
          for (int group = 0; group < 4; group++) {
            unpackNibbles(block + 4 + K_SCALE_BYTES + (long) group * K_SUB_BLOCK, K_SUB_BLOCK, (short) 0,
                at + 64 * group);
          }
        }
        case Q5_K -> {
          setKRuns(block, at);
          long nibbles = block + 4 + K_SCALE_BYTES + K_SUB_BLOCK;
          for (int group = 0; group < 4; group++) {
            unpackNibbles(nibbles + (long) group * K_SUB_BLOCK, K_SUB_BLOCK, (short) 0, at + 64 * group);
          }
          addFifthBitPlanes(block + 4 + K_SCALE_BYTES, at);
        }
        case Q6_K -> unpackQ6K(block, at);
        case Q1_0 -> {
          setRuns(at, type.blockSize(), half(block), NO_MINIMUM);
          unpackSigns(block + 2, at);
        }
        case Q2_0, PQ2_0 -> {
          setRuns(at, type.blockSize(), half(block), NO_MINIMUM);
          unpackPairs(block + 2, type.blockSize(), at);
        }
        case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
      }
      block += type.blockBytes();
    }
  }

  private static float half(long address) {
    return Float.float16ToFloat(ALL.get(Memory.SHORT, address));
  }

  private static int unsigned(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
  }

  private void setRuns(int at, int length, float scale, float minimum) {
    Arrays.fill(scales, at / RUN, (at + length) / RUN, scale);
    Arrays.fill(minima, at / RUN, (at + length) / RUN, minimum);
  }

  /** Scales and minima of the eight sub-blocks of Q4_K and Q5_K; two runs each. */
  private void setKRuns(long block, int at) {
    float d = half(block);
    float dmin = half(block + 2);
    long packed = block + 4;
    for (int sub = 0; sub < K_BLOCK / K_SUB_BLOCK; sub++) {
      int scale;
      int minimum;
      if (sub < 4) {
        scale = unsigned(packed + sub) & 63;
        minimum = unsigned(packed + sub + 4) & 63;
      } else {
        int low = unsigned(packed + sub + 4);
        scale = (low & 15) | ((unsigned(packed + sub - 4) >> 6) << 4);
        minimum = (low >> 4) | ((unsigned(packed + sub) >> 6) << 4);
      }
      int run = at / RUN + 2 * sub;
      scales[run] = d * scale;
      scales[run + 1] = d * scale;
      minima[run] = -(dmin * minimum);
      minima[run + 1] = -(dmin * minimum);
    }
  }

  private void unpackBytes(long from, int at) {
    for (int v = 0; v < DenseType.Q8_0.blockSize(); v += STEP) {
      ((ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, from + v, ORDER).convertShape(VectorOperators.B2S,
          SHORT_CODES, 0)).intoArray(codes, at + v);
    }
  }

  /** {@code count} bytes: their low nibbles, and {@code count} codes further on their high ones. */
  private void unpackNibbles(long from, int count, short bias, int at) {
    for (int v = 0; v < count; v += STEP) {
      ShortVector pairs = (ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, from + v, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
      pairs.and((short) 15).add(bias).intoArray(codes, at + v);
      pairs.lanewise(VectorOperators.LSHR, 4).add(bias).intoArray(codes, at + count + v);
    }
  }

  /** Bit j is worth 16 in code j. */
  private void addFifthBits(int bits, int at) {
    for (int v = 0; v < Integer.SIZE; v += STEP) {
      VectorMask<Short> set = BIT_OF_LANE.and((short) (bits >>> v)).compare(VectorOperators.NE, 0);
      ShortVector.fromArray(SHORT_CODES, codes, at + v).add((short) 16, set).intoArray(codes, at + v);
    }
  }

  /** Bit s of byte e is worth 16 in code e of sub-block s. */
  private void addFifthBitPlanes(long from, int at) {
    for (int v = 0; v < K_SUB_BLOCK; v += STEP) {
      ShortVector planes = (ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, from + v, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
      for (int sub = 0; sub < K_BLOCK / K_SUB_BLOCK; sub++) {
        int i = at + sub * K_SUB_BLOCK + v;
        ShortVector fifth = planes.lanewise(VectorOperators.LSHR, sub).and((short) 1).lanewise(VectorOperators.LSHL, 4);
        ShortVector.fromArray(SHORT_CODES, codes, i).add(fifth).intoArray(codes, i);
      }
    }
  }

  private void unpackQ6K(long block, int at) {
    float d = half(block + 208);
    for (int run = 0; run < K_BLOCK / RUN; run++) {
      scales[at / RUN + run] = d * ALL.get(ValueLayout.JAVA_BYTE, block + 192 + run);
      minima[at / RUN + run] = NO_MINIMUM;
    }
    for (int v = 0; v < 64; v += STEP) {
      // The 64 lanes are those of two halves, 32 each.
      long low = block + (v & 32) * 2L + (v & 31);
      int i = at + (v & 32) * 4 + (v & 31);
      ShortVector even = (ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, low, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
      ShortVector odd = (ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, low + 32, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
      ShortVector high = (ShortVector) ByteVector.fromMemorySegment(BYTE_CODES, ALL, block + 128 + v, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
      even.and((short) 15).or(high.and((short) 3).lanewise(VectorOperators.LSHL, 4)).sub((short) 32)
          .intoArray(codes, i);
      odd.and((short) 15).or(high.and((short) 12).lanewise(VectorOperators.LSHL, 2)).sub((short) 32)
          .intoArray(codes, i + 32);
      even.lanewise(VectorOperators.LSHR, 4).or(high.and((short) 48)).sub((short) 32).intoArray(codes, i + 64);
      odd.lanewise(VectorOperators.LSHR, 4).or(high.lanewise(VectorOperators.LSHR, 2).and((short) 48)).sub((short) 32)
          .intoArray(codes, i + 96);
    }
  }

  /** Bit j is the sign of weight j: 1 for +1, 0 for -1. */
  private void unpackSigns(long from, int at) {
    ShortVector minusOnes = ShortVector.broadcast(SHORT_CODES, -1);
    for (int v = 0; v < DenseType.Q1_0.blockSize(); v += STEP) {
      // Not a short for eight codes: the last byte of a block may be the last of its memory.
      short bits = STEP == Short.SIZE
          ? ALL.get(Memory.SHORT, from + v / 8)
          : ALL.get(ValueLayout.JAVA_BYTE, from + v / 8);
      VectorMask<Short> set = BIT_OF_LANE.and(bits).compare(VectorOperators.NE, 0);
      minusOnes.add((short) 2, set).intoArray(codes, at + v);
    }
  }

  /** Pairs of bits, eight to a 16-bit word, each 1 too large. */
  private void unpackPairs(long from, int count, int at) {
    for (int v = 0; v < count; v += 8) {
      PAIR_TO_TOP.mul(ALL.get(Memory.SHORT, from + v / 4)).lanewise(VectorOperators.LSHR, 14).sub((short) 1)
          .intoArray(codes, at + v);
    }
  }
}
