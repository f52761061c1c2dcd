/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The dense weight types as a writer of model files sees them, written down once more, apart from the readers. */
enum WeightEncoding {
  F32("F32", 0, 1, 4), F16("F16", 1, 1, 2), BF16("BF16", 30, 1, 2), Q8_0(8, 32, 34), Q4_0(2, 32, 18), Q4_1(3, 32, 20),
  Q5_0(6, 32, 22), Q5_1(7, 32, 24), Q4_K(12, 256, 144), Q5_K(13, 256, 176), Q6_K(14, 256, 210), Q1_0(41, 128, 18),
  Q2_0(42, 64, 18), PQ2_0(142, 128, 34);

  private static final int SIX_BITS = 63;

  /** Name in safetensors; empty when it has none there. */
  final String safetensorsName;
  /** Id in GGUF. */
  final int ggufId;
  private final int blockWeights;
  private final int blockBytes;

  WeightEncoding(int ggufId, int blockWeights, int blockBytes) {
    this("", ggufId, blockWeights, blockBytes);
  }

  WeightEncoding(String safetensorsName, int ggufId, int blockWeights, int blockBytes) {
    this.safetensorsName = safetensorsName;
    this.ggufId = ggufId;
    this.blockWeights = blockWeights;
    this.blockBytes = blockBytes;
  }

  /** Encodes values, and replaces each by what a reader must make of it. */
  byte[] encode(float[] values) {
    var bytes = ByteBuffer.allocate(values.length / blockWeights * blockBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; at += blockWeights) {
      switch (this) {
        case F32 -> bytes.putFloat(values[at]);
        case F16 -> values[at] = putHalf(bytes, values[at]);
        case BF16 -> {
          int upper = Float.floatToRawIntBits(values[at]) >>> 16;
          bytes.putShort((short) upper);
          values[at] = Float.intBitsToFloat(upper << 16);
        }
        case Q8_0 -> {
          for (int code : symmetric(bytes, values, at, -127, 127)) {
            bytes.put((byte) code);
          }
        }
        case Q4_0 -> putNibbles(bytes, symmetric(bytes, values, at, -8, 7), 8, 0, 16);
        case Q5_0 -> putFiveBits(bytes, symmetric(bytes, values, at, -16, 15), 16);
        case Q4_1 -> putNibbles(bytes, fromMinimum(bytes, values, at, 15), 0, 0, 16);
        case Q5_1 -> putFiveBits(bytes, fromMinimum(bytes, values, at, 31), 0);
        case Q4_K -> putKBlock(bytes, values, at, 15);
        case Q5_K -> putKBlock(bytes, values, at, 31);
        case Q6_K -> putQ6Block(bytes, values, at);
        case Q1_0 -> putSigns(bytes, values, at);
        case Q2_0, PQ2_0 -> {
          int[] codes = symmetric(bytes, values, at, -1, 1);
          for (int i = 0; i < codes.length; i += 4) {
            bytes.put(
                (byte) (codes[i] + 1 + 4 * (codes[i + 1] + 1) + 16 * (codes[i + 2] + 1) + 64 * (codes[i + 3] + 1)));
          }
        }
      }
    }
    return bytes.array();
  }

  private static float putHalf(ByteBuffer bytes, float value) {
    short half = Float.floatToFloat16(value);
    bytes.putShort(half);
    return Float.float16ToFloat(half);
  }

  private float largest(float[] values, int at) {
    float largest = 0;
    for (int i = at; i < at + blockWeights; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }

  /** Writes the scale; the codes are signed. */
  private int[] symmetric(ByteBuffer bytes, float[] values, int at, int min, int max) {
    float scale = putHalf(bytes, largest(values, at) / max);
    var codes = new int[blockWeights];
    for (int i = 0; i < blockWeights; i++) {
      codes[i] = Math.clamp(Math.round(values[at + i] / scale), min, max);
      values[at + i] = scale * codes[i];
    }
    return codes;
  }

  /** Writes scale and minimum. */
  private int[] fromMinimum(ByteBuffer bytes, float[] values, int at, int max) {
    float largest = largest(values, at);
    float scale = putHalf(bytes, 2 * largest / max);
    float minimum = putHalf(bytes, -largest);
    var codes = new int[blockWeights];
    for (int i = 0; i < blockWeights; i++) {
      codes[i] = Math.clamp(Math.round((values[at + i] - minimum) / scale), 0, max);
      values[at + i] = scale * codes[i] + minimum;
    }
    return codes;
  }

  private static void putNibbles(ByteBuffer bytes, int[] codes, int bias, int from, int run) {
    for (int i = from; i < from + run; i++) {
      bytes.put((byte) ((codes[i] + bias) % 16 + 16 * ((codes[i + run] + bias) % 16)));
    }
  }

  private static void putFiveBits(ByteBuffer bytes, int[] codes, int bias) {
    int fifthBits = 0;
    for (int i = 0; i < codes.length; i++) {
      fifthBits |= ((codes[i] + bias) / 16) << i;
    }
    bytes.putInt(fifthBits);
    putNibbles(bytes, codes, bias, 0, 16);
  }

  /** Eight sub-blocks with scales and minima that all differ. */
  private void putKBlock(ByteBuffer bytes, float[] values, int at, int max) {
    float largest = largest(values, at);
    float d = putHalf(bytes, 2 * largest / max / SIX_BITS);
    float dmin = putHalf(bytes, largest / SIX_BITS);
    var scales = new int[8];
    var minima = new int[8];
    var codes = new int[blockWeights];
    for (int sub = 0; sub < 8; sub++) {
      scales[sub] = SIX_BITS - sub;
      minima[sub] = SIX_BITS - 3 * sub;
      for (int i = 32 * sub; i < 32 * (sub + 1); i++) {
        float scale = d * scales[sub];
        float minimum = dmin * minima[sub];
        codes[i] = Math.clamp(Math.round((values[at + i] + minimum) / scale), 0, max);
        values[at + i] = scale * codes[i] - minimum;
      }
    }
    for (int k = 0; k < 4; k++) {
      bytes.put((byte) (scales[k] + 64 * (scales[k + 4] / 16)));
    }
    for (int k = 0; k < 4; k++) {
      bytes.put((byte) (minima[k] + 64 * (minima[k + 4] / 16)));
    }
    for (int k = 4; k < 8; k++) {
      bytes.put((byte) (scales[k] % 16 + 16 * (minima[k] % 16)));
    }
    if (max == 31) {
      for (int e = 0; e < 32; e++) {
        int bits = 0;
        for (int sub = 0; sub < 8; sub++) {
          bits |= (codes[32 * sub + e] / 16) << sub;
        }
        bytes.put((byte) bits);
      }
    }
    for (int group = 0; group < 4; group++) {
      putNibbles(bytes, codes, 0, 64 * group, 32);
    }
  }

  /** Sixteen sub-blocks with scales of either sign. */
  private void putQ6Block(ByteBuffer bytes, float[] values, int at) {
    short half = Float.floatToFloat16(largest(values, at) / 31 / 100);
    float d = Float.float16ToFloat(half);
    var codes = new int[blockWeights];
    var scales = new byte[16];
    for (int i = 0; i < blockWeights; i++) {
      int sub = i / 16;
      scales[sub] = (byte) (sub % 2 == 0 ? 100 + sub : -100 - sub);
      float scale = d * scales[sub];
      codes[i] = Math.clamp(Math.round(values[at + i] / scale), -32, 31) + 32;
      values[at + i] = scale * (codes[i] - 32);
    }
    var high = new byte[64];
    for (int i = 0; i < 128; i++) {
      int first = 128 * (i / 64) + i % 64;
      bytes.put((byte) (codes[first] % 16 + 16 * (codes[first + 64] % 16)));
    }
    for (int i = 0; i < blockWeights; i++) {
      high[32 * (i / 128) + i % 32] |= (byte) ((codes[i] / 16) << (2 * (i / 32 % 4)));
    }
    bytes.put(high).put(scales).putShort(half);
  }

  private void putSigns(ByteBuffer bytes, float[] values, int at) {
    float scale = putHalf(bytes, largest(values, at) / 2);
    for (int i = 0; i < blockWeights; i += 8) {
      int bits = 0;
      for (int j = 0; j < 8; j++) {
        boolean positive = values[at + i + j] >= 0;
        bits |= positive ? 1 << j : 0;
        values[at + i + j] = positive ? scale : -scale;
      }
      bytes.put((byte) bits);
    }
  }
}
