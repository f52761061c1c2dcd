/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Unpacks the ternary block types of GGUF, I2_S, TQ1_0 and TQ2_0, into values -1, 0 and +1. */
final class TernaryBlocks {

  /** TQ1_0: bytes of five digits each in runs of 32 and 16, then bytes of four digits, then the scale. */
  private static final int[] TQ1_RUN_BYTES = {32, 16, 4};
  private static final int[] TQ1_RUN_DIGITS = {5, 5, 4};
  private static final int[] POWER_OF_THREE = {1, 3, 9, 27, 81};
  /** Bytes that hold four 2-bit codes of elements this far apart. */
  private static final int LANE = 32;
  private static final int LANES = 4;

  private TernaryBlocks() {}

  /**
   * Unpacks a range of values, which need not begin or end with a block.
   *
   * @param tensor of a ternary type
   * @param from index of the first value in row-major order
   * @throws dev.trine.api.PlatformException {@code MODEL_INVALID} for code 3, which stands for nothing
   */
  static void decode(Tensor tensor, long from, int count, byte[] trits, int offset) {
    int blockElements = tensor.type().blockElements();
    byte[] part = new byte[blockElements];
    int done = 0;
    while (done < count) {
      long block = (from + done) / blockElements;
      int start = (int) ((from + done) % blockElements);
      int length = Math.min(blockElements - start, count - done);
      if (length == blockElements) {
        decodeBlock(tensor, block, trits, offset + done);
      } else {
        decodeBlock(tensor, block, part, 0);
        System.arraycopy(part, start, trits, offset + done, length);
      }
      done += length;
    }
  }

  private static void decodeBlock(Tensor tensor, long block, byte[] trits, int offset) {
    long at = block * tensor.type().blockBytes();
    switch (tensor.type()) {
      case I2_S -> decodeLanes(tensor, at, 6, -2, trits, offset);
      case TQ2_0 -> {
        decodeLanes(tensor, at, 0, 2, trits, offset);
        decodeLanes(tensor, at + LANE, 0, 2, trits, offset + LANES * LANE);
      }
      case TQ1_0 -> decodeTq1(tensor.data(), at, trits, offset);
      default -> throw new IllegalArgumentException(tensor + " is not ternary");
    }
  }

  /**
   * Unpacks 128 values from 32 bytes: value {@code 32 * lane + p} is in byte p, bits {@code firstShift + lane * step} and up.
   */
  private static void decodeLanes(Tensor tensor, long at, int firstShift, int step, byte[] trits, int offset) {
    MemorySegment data = tensor.data();
    long threes = 0;
    for (int p = 0; p < LANE; p += Long.BYTES) {
      long codes = data.get(LittleEndian.LONG, at + p);
      threes |= codes & (codes >> 1) & 0x5555_5555_5555_5555L;
      for (int lane = 0; lane < LANES; lane++) {
        TernaryCodes.storeTrits(codes >>> (firstShift + lane * step), trits, offset + lane * LANE + p);
      }
    }
    if (threes != 0) {
      int first = offset;
      while (trits[first] != 2) {
        first++;
      }
      throw FormatErrors.invalid(tensor, "has the ternary code 3 in value " + (first - offset)
          + " of the 128 that begin at byte " + at + " of its data, expected 0, 1 or 2");
    }
  }

  /**
   * Digit n of a byte is the n-th most significant of a number in base 3 that was scaled to fill the byte: multiplying by
   * 3^n moves it to the top. Every byte is valid.
   */
  private static void decodeTq1(MemorySegment data, long at, byte[] trits, int offset) {
    int out = offset;
    long in = at;
    for (int run = 0; run < TQ1_RUN_BYTES.length; run++) {
      for (int digit = 0; digit < TQ1_RUN_DIGITS[run]; digit++) {
        for (int p = 0; p < TQ1_RUN_BYTES[run]; p++) {
          int shifted = ((data.get(ValueLayout.JAVA_BYTE, in + p) & 0xFF) * POWER_OF_THREE[digit]) & 0xFF;
          trits[out++] = (byte) (((shifted * 3) >> 8) - 1);
        }
      }
      in += TQ1_RUN_BYTES[run];
    }
  }

  /** The scale of one block; of I2_S, that of the tensor. */
  static float scale(Tensor tensor, long block) {
    MemorySegment data = tensor.data();
    return switch (tensor.type()) {
      case I2_S -> data.get(LittleEndian.FLOAT, tensor.elementCount() / 4);
      case TQ1_0, TQ2_0 -> Float.float16ToFloat(data.get(LittleEndian.SHORT,
          block * tensor.type().blockBytes() + tensor.type().blockBytes() - Short.BYTES));
      default -> throw new IllegalArgumentException(tensor + " is not ternary");
    };
  }
}
