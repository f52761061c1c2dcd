/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Exact scalar dequantisation: the values that a tensor stands for, as single-precision floats. Layouts are those of ggml's
 * {@code ggml-common.h} and of bitnet.cpp's I2_S in blocks of 128 values.
 */
public final class TensorDecoder {

  private static final Set<TensorType> SUPPORTED = Collections.unmodifiableSet(EnumSet.of(TensorType.F32,
      TensorType.F16, TensorType.BF16, TensorType.F64, TensorType.Q8_0, TensorType.Q4_0, TensorType.TQ1_0,
      TensorType.TQ2_0, TensorType.I2_S));

  private TensorDecoder() {}

  /** Whether tensors of this type can be decoded. */
  public static boolean supports(TensorType type) {
    return SUPPORTED.contains(type);
  }

  /**
   * Decodes consecutive values. F64 is rounded to single precision; all other types are exact.
   *
   * @param fromElement index of the first value in row-major order
   * @param count number of values
   * @param out receives them from {@code outOffset} on
   * @throws PlatformException {@code MODEL_UNSUPPORTED} for a type that cannot be decoded, {@code MODEL_INVALID} for a
   *   ternary code that stands for nothing
   * @throws IndexOutOfBoundsException if the values are not all in the tensor, or do not fit into {@code out}
   */
  public static void decode(Tensor tensor, long fromElement, int count, float[] out, int outOffset) {
    Objects.checkFromIndexSize(fromElement, (long) count, tensor.elementCount());
    Objects.checkFromIndexSize(outOffset, count, out.length);
    MemorySegment data = tensor.data();
    switch (tensor.type()) {
      case F32 -> MemorySegment.copy(data, LittleEndian.FLOAT, fromElement * Float.BYTES, out, outOffset, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = (float) data.get(LittleEndian.DOUBLE, (fromElement + i) * Double.BYTES);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float
              .float16ToFloat(data.get(LittleEndian.SHORT, (fromElement + i) * Short.BYTES));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out[outOffset + i] = Float
              .intBitsToFloat(data.get(LittleEndian.SHORT, (fromElement + i) * Short.BYTES) << 16);
        }
      }
      case Q8_0 -> decodeBlocks(tensor, fromElement, count, out, outOffset, TensorDecoder::decodeQ8Block);
      case Q4_0 -> decodeBlocks(tensor, fromElement, count, out, outOffset, TensorDecoder::decodeQ4Block);
      case TQ1_0, TQ2_0, I2_S -> decodeTernary(tensor, fromElement, count, out, outOffset);
      default -> throw unsupported(tensor);
    }
  }

  static PlatformException unsupported(Tensor tensor) {
    return FormatErrors.unsupported(tensor,
        "has type " + tensor.type().displayName() + ", which cannot be read; supported are "
            + SUPPORTED.stream().map(TensorType::displayName).collect(Collectors.joining(", ")));
  }

  /** Decodes the values {@code start} to {@code start + count} of a block from its scale and the bytes behind it. */
  @FunctionalInterface
  private interface BlockDecoder {
    void decode(float scale, byte[] quants, int start, int count, float[] out, int outOffset);
  }

  /** Blocks that begin with a scale in half precision. */
  private static void decodeBlocks(Tensor tensor, long from, int count, float[] out, int outOffset,
      BlockDecoder decoder) {
    MemorySegment data = tensor.data();
    int blockElements = tensor.type().blockElements();
    int blockBytes = tensor.type().blockBytes();
    byte[] quants = new byte[blockBytes - Short.BYTES];
    int done = 0;
    while (done < count) {
      long at = (from + done) / blockElements * blockBytes;
      int start = (int) ((from + done) % blockElements);
      int length = Math.min(blockElements - start, count - done);
      float scale = Float.float16ToFloat(data.get(LittleEndian.SHORT, at));
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at + Short.BYTES, quants, 0, quants.length);
      decoder.decode(scale, quants, start, length, out, outOffset + done);
      done += length;
    }
  }

  /** 32 values: signed bytes. */
  private static void decodeQ8Block(float scale, byte[] quants, int start, int count, float[] out, int outOffset) {
    for (int i = 0; i < count; i++) {
      out[outOffset + i] = scale * quants[start + i];
    }
  }

  /** 32 values: 16 bytes with values 0 to 15 in the low and 16 to 31 in the high halves, each 8 too large. */
  private static void decodeQ4Block(float scale, byte[] quants, int start, int count, float[] out, int outOffset) {
    for (int i = 0; i < count; i++) {
      int element = start + i;
      int pair = quants[element & 15] & 0xFF;
      out[outOffset + i] = scale * ((element < 16 ? pair & 15 : pair >> 4) - 8);
    }
  }

  private static void decodeTernary(Tensor tensor, long from, int count, float[] out, int outOffset) {
    int blockElements = tensor.type().blockElements();
    byte[] trits = new byte[blockElements];
    int done = 0;
    while (done < count) {
      long block = (from + done) / blockElements;
      int length = Math.min(blockElements - (int) ((from + done) % blockElements), count - done);
      TernaryBlocks.decode(tensor, from + done, length, trits, 0);
      float scale = TernaryBlocks.scale(tensor, block);
      for (int i = 0; i < length; i++) {
        out[outOffset + done + i] = scale * trits[i];
      }
      done += length;
    }
  }
}
