/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The dense weight types as a writer of model files sees them, written down once more, apart from the readers. */
enum WeightEncoding {
  F32("F32", 0, 1, 4), F16("F16", 1, 1, 2), BF16("BF16", 30, 1, 2), Q8_0("", 8, 32, 34), Q4_0("", 2, 32, 18);

  private static final int MAX_Q8 = 127;
  private static final int MAX_Q4 = 7;

  /** Name in safetensors; empty when it has none there. */
  final String safetensorsName;
  /** Id in GGUF. */
  final int ggufId;
  private final int blockWeights;
  private final int blockBytes;

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
        case F16 -> {
          short half = Float.floatToFloat16(values[at]);
          bytes.putShort(half);
          values[at] = Float.float16ToFloat(half);
        }
        case BF16 -> {
          int upper = Float.floatToRawIntBits(values[at]) >>> 16;
          bytes.putShort((short) upper);
          values[at] = Float.intBitsToFloat(upper << 16);
        }
        case Q8_0 -> {
          float scale = putScale(bytes, values, at, MAX_Q8);
          for (int i = at; i < at + blockWeights; i++) {
            byte code = (byte) Math.clamp(Math.round(values[i] / scale), -MAX_Q8, MAX_Q8);
            bytes.put(code);
            values[i] = scale * code;
          }
        }
        case Q4_0 -> {
          float scale = putScale(bytes, values, at, MAX_Q4);
          int half = blockWeights / 2;
          for (int i = at; i < at + half; i++) {
            int low = Math.clamp(Math.round(values[i] / scale), -MAX_Q4, MAX_Q4);
            int high = Math.clamp(Math.round(values[i + half] / scale), -MAX_Q4, MAX_Q4);
            bytes.put((byte) ((low + 8) | ((high + 8) << 4)));
            values[i] = scale * low;
            values[i + half] = scale * high;
          }
        }
      }
    }
    return bytes.array();
  }

  private float putScale(ByteBuffer bytes, float[] values, int at, int maxCode) {
    float largest = 0;
    for (int i = at; i < at + blockWeights; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    short half = Float.floatToFloat16(largest / maxCode);
    bytes.putShort(half);
    return Float.float16ToFloat(half);
  }
}
