/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The specification of how weights are stored: plain loops that turn blocks into the values they stand for. A value is a
 * product of small integers and of numbers in half precision, which is exact in float, or the rounded difference or sum of two
 * such products.
 */
public final class DenseBlocks {

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Weights in a sub-block of Q4_K and Q5_K. */
  private static final int K_SUB_BLOCK = 32;
  private static final int K_SCALE_BYTES = 12;

  /** Adding it changes nothing, not even the sign of a zero. */
  private static final float NO_MINIMUM = -0f;

  private DenseBlocks() {}

  /**
   * Decodes whole blocks.
   *
   * @param at    byte offset of the first one
   * @param count number of weights, a multiple of the type's block size
   * @param out   receives them from {@code outOffset} on
   * @throws IndexOutOfBoundsException for bytes outside {@code data}, or values outside {@code out}
   */
  public static void decode(DenseType type, MemorySegment data, long at, int count, float[] out, int outOffset) {
    long block = at;
    for (int i = outOffset; i < outOffset + count; i += type.blockSize()) {
      switch (type) {
        case F32 -> { // all at once: a start decodes a million of them before any loop is compiled
          MemorySegment.copy(data, FLOAT, block, out, i, outOffset + count - i);
          return;
        }
        case F16 -> out[i] = half(data, block);
        case BF16 -> out[i] = Float.intBitsToFloat(data.get(SHORT, block) << 16);
        case Q8_0 -> decodeQ8(data, block, out, i);
        case Q4_0 -> decodeNibbles(data, block + 2, 0, half(data, block), -8, NO_MINIMUM, out, i);
        case Q4_1 -> decodeNibbles(data, block + 4, 0, half(data, block), 0, half(data, block + 2), out, i);
        case Q5_0 -> decodeFiveBits(data, block + 2, half(data, block), -16, NO_MINIMUM, out, i);
        case Q5_1 -> decodeFiveBits(data, block + 4, half(data, block), 0, half(data, block + 2), out, i);
        case Q4_K -> decodeQ4K(data, block, out, i);
        case Q5_K -> decodeQ5K(data, block, out, i);
        case Q6_K -> decodeQ6K(data, block, out, i);
        case Q1_0 -> decodeSigns(data, block, out, i);
        case Q2_0, PQ2_0 -> decodePairs(data, block, type.blockSize(), out, i);
      }
      block += type.blockBytes();
    }
  }

  /**
   * The integers of one block of a type that {@linkplain DenseType#hasInt8Products() is multiplied with integers}.
   *
   * @param codes receives them: a weight is the scale times its integer
   * @return the scale
   */
  static float codes(DenseType type, MemorySegment data, long block, int[] codes) {
    if (!type.hasInt8Products()) {
      throw new IllegalArgumentException(type + " has no products of integers");
    }
    for (int j = 0; j < type.blockSize(); j++) {
      codes[j] = pair(data, block, j);
    }
    return half(data, block);
  }

  private static float half(MemorySegment data, long at) {
    return Float.float16ToFloat(data.get(SHORT, at));
  }

  private static int unsigned(MemorySegment data, long at) {
    return data.get(BYTE, at) & 0xff;
  }

  private static void decodeQ8(MemorySegment data, long block, float[] out, int offset) {
    float scale = half(data, block);
    for (int j = 0; j < DenseType.Q8_0.blockSize(); j++) {
      out[offset + j] = scale * data.get(BYTE, block + 2 + j);
    }
  }

  /** 16 bytes: codes 0 to 15 in the low halves, 16 to 31 in the high ones. */
  private static void decodeNibbles(MemorySegment data, long nibbles, int fifthBits, float scale, int bias, float min,
      float[] out, int offset) {
    for (int j = 0; j < 16; j++) {
      int pair = unsigned(data, nibbles + j);
      int low = (pair & 15) | (((fifthBits >>> j) & 1) << 4);
      int high = (pair >> 4) | (((fifthBits >>> (j + 16)) & 1) << 4);
      out[offset + j] = scale * (low + bias) + min;
      out[offset + j + 16] = scale * (high + bias) + min;
    }
  }

  private static void decodeFiveBits(MemorySegment data, long bits, float scale, int bias, float min, float[] out,
      int offset) {
    decodeNibbles(data, bits + 4, data.get(INT, bits), scale, bias, min, out, offset);
  }

  private static void decodeQ4K(MemorySegment data, long block, float[] out, int offset) {
    long nibbles = block + 4 + K_SCALE_BYTES;
    for (int sub = 0; sub < 8; sub++) {
      float scale = half(data, block) * kScale(data, block + 4, sub);
      float min = half(data, block + 2) * kMin(data, block + 4, sub);
      for (int e = 0; e < K_SUB_BLOCK; e++) {
        int nibble = kNibble(data, nibbles, sub, e);
        out[offset + sub * K_SUB_BLOCK + e] = scale * nibble - min;
      }
    }
  }

  private static void decodeQ5K(MemorySegment data, long block, float[] out, int offset) {
    long fifthBits = block + 4 + K_SCALE_BYTES;
    long nibbles = fifthBits + K_SUB_BLOCK;
    for (int sub = 0; sub < 8; sub++) {
      float scale = half(data, block) * kScale(data, block + 4, sub);
      float min = half(data, block + 2) * kMin(data, block + 4, sub);
      for (int e = 0; e < K_SUB_BLOCK; e++) {
        int fifth = (unsigned(data, fifthBits + e) >> sub) & 1;
        out[offset + sub * K_SUB_BLOCK + e] = scale * (kNibble(data, nibbles, sub, e) | (fifth << 4)) - min;
      }
    }
  }

  /** Two sub-blocks share 32 bytes. */
  private static int kNibble(MemorySegment data, long nibbles, int sub, int element) {
    int pair = unsigned(data, nibbles + (long) (sub / 2) * K_SUB_BLOCK + element);
    return sub % 2 == 0 ? pair & 15 : pair >> 4;
  }

  /** Six-bit scales: four whole ones in the low bits of bytes 0 to 3, the rest in nibbles with their upper bits elsewhere. */
  private static int kScale(MemorySegment data, long scales, int sub) {
    return sub < 4
        ? unsigned(data, scales + sub) & 63
        : (unsigned(data, scales + sub + 4) & 15) | ((unsigned(data, scales + sub - 4) >> 6) << 4);
  }

  private static int kMin(MemorySegment data, long scales, int sub) {
    return sub < 4
        ? unsigned(data, scales + sub + 4) & 63
        : (unsigned(data, scales + sub + 4) >> 4) | ((unsigned(data, scales + sub) >> 6) << 4);
  }

  private static void decodeQ6K(MemorySegment data, long block, float[] out, int offset) {
    long highBits = block + 128;
    long scales = highBits + 64;
    float d = half(data, scales + 16);
    for (int j = 0; j < 256; j++) {
      int half = j >> 7;
      int quarter = (j >> 5) & 3;
      int lane = j & 31;
      int pair = unsigned(data, block + 64L * half + 32L * (quarter & 1) + lane);
      int low = quarter < 2 ? pair & 15 : pair >> 4;
      int high = (unsigned(data, highBits + 32L * half + lane) >> (2 * quarter)) & 3;
      out[offset + j] = d * data.get(BYTE, scales + (j >> 4)) * ((low | (high << 4)) - 32);
    }
  }

  private static void decodeSigns(MemorySegment data, long block, float[] out, int offset) {
    float scale = half(data, block);
    for (int j = 0; j < DenseType.Q1_0.blockSize(); j++) {
      out[offset + j] = ((unsigned(data, block + 2 + j / 8) >> (j % 8)) & 1) == 1 ? scale : -scale;
    }
  }

  private static void decodePairs(MemorySegment data, long block, int count, float[] out, int offset) {
    float scale = half(data, block);
    for (int j = 0; j < count; j++) {
      out[offset + j] = scale * pair(data, block, j);
    }
  }

  /** A code of two bits, less 1. */
  private static int pair(MemorySegment data, long block, int index) {
    return ((unsigned(data, block + 2 + index / 4) >> (2 * (index % 4))) & 3) - 1;
  }
}
