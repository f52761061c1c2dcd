/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Ternary weight matrices from whatever a file holds, as values -1, 0 and +1, row by row.
 *
 * <p>Three sources: the ternary types of GGUF ({@link #rows}, {@link #uniformScale}), the packed bytes of Hugging Face's
 * BitNet layers ({@link #packedRows}; their scale is a tensor of its own) and dense master weights, which are made ternary
 * by their mean magnitude ({@link #absmean}, {@link #absmeanRows}).
 */
public final class TernaryCodes {

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final int CODES_PER_BYTE = 4;
  private static final float MIN_ABSMEAN = 1e-5f;
  private static final int CHUNK = 4_096;

  private TernaryCodes() {}

  /**
   * Rows of a tensor of type I2_S, TQ1_0 or TQ2_0.
   *
   * @param trits receives {@code rowCount * tensor.cols()} values from {@code offset} on
   * @throws PlatformException {@code MODEL_UNSUPPORTED} for another type, {@code MODEL_INVALID} for code 3
   * @throws IndexOutOfBoundsException if the rows are not all in the tensor, or do not fit into {@code trits}
   */
  public static void rows(Tensor tensor, long firstRow, int rowCount, byte[] trits, int offset) {
    requireTernary(tensor);
    int count = checkRows(tensor, tensor.rows(), firstRow, rowCount, trits, offset);
    TernaryBlocks.decode(tensor, firstRow * tensor.cols(), count, trits, offset);
  }

  /**
   * Rows of a weight that transformers packed: the matrix of {@code outRows} rows is cut into four blocks of
   * {@code ceil(outRows / 4)} rows, and each byte holds the codes of one column in the same row of the four blocks, the
   * first in its lowest bits.
   *
   * @param tensor of type U8, [ceil(outRows / 4), cols]
   * @param outRows rows of the matrix, which the file does not tell
   * @param trits receives {@code rowCount * tensor.cols()} values from {@code offset} on
   * @throws PlatformException {@code MODEL_INVALID} for another type or shape, and for code 3
   * @throws IndexOutOfBoundsException if the rows are not all in the matrix, or do not fit into {@code trits}
   */
  public static void packedRows(Tensor tensor, long outRows, long firstRow, int rowCount, byte[] trits, int offset) {
    long blockRows = outRows / CODES_PER_BYTE + (outRows % CODES_PER_BYTE == 0 ? 0 : 1);
    if (tensor.type() != TensorType.U8 || tensor.dimensionCount() != 2 || tensor.rows() != blockRows) {
      throw FormatErrors.invalid(tensor,
          "is " + tensor.type().displayName() + " with " + tensor.rows() + " rows, expected U8 with "
              + blockRows + ", the packed form of " + outRows);
    }
    checkRows(tensor, outRows, firstRow, rowCount, trits, offset);
    int cols = (int) tensor.cols();
    for (int i = 0; i < rowCount; i++) {
      long row = firstRow + i;
      int shift = 2 * (int) (row / blockRows);
      long at = row % blockRows * cols;
      int wide = cols - cols % Long.BYTES;
      long threes = 0;
      for (int col = 0; col < wide; col += Long.BYTES) {
        long codes = tensor.data().get(LittleEndian.LONG, at + col) >>> shift;
        threes |= codes & (codes >> 1) & LOW_BITS;
        storeTrits(codes, trits, offset + i * cols + col);
      }
      for (int col = wide; col < cols; col++) {
        int code = (tensor.data().get(ValueLayout.JAVA_BYTE, at + col) >> shift) & 3;
        threes |= code & (code >> 1);
        trits[offset + i * cols + col] = (byte) (code - 1);
      }
      if (threes != 0) {
        int col = 0;
        while (trits[offset + i * cols + col] != 2) {
          col++;
        }
        throw FormatErrors.invalid(tensor,
            "has the ternary code 3 in row " + row + ", column " + col + ", expected 0, 1 or 2");
      }
    }
  }

  /** Writes eight values, those of the two lowest bits of each byte, less 1. */
  static void storeTrits(long codes, byte[] trits, int offset) {
    // The high bits keep what is subtracted from one byte out of the next.
    LONGS.set(trits, offset, (((codes & 3 * LOW_BITS) | HIGH_BITS) - LOW_BITS) ^ HIGH_BITS);
  }

  /**
   * The one scale of a tensor of type I2_S, TQ1_0 or TQ2_0, by which its values are multiplied.
   *
   * @return exactly a float value; empty if the blocks of the tensor have different scales
   * @throws PlatformException {@code MODEL_UNSUPPORTED} for another type, {@code MODEL_INVALID} if the scale is infinite or
   *   not a number
   */
  public static OptionalDouble uniformScale(Tensor tensor) {
    requireTernary(tensor);
    float first = TernaryBlocks.scale(tensor, 0);
    if (!Float.isFinite(first)) {
      throw FormatErrors.invalid(tensor, "has the scale " + first + ", expected a finite number");
    }
    if (tensor.type() != TensorType.I2_S) {
      long blocks = tensor.elementCount() / tensor.type().blockElements();
      for (long block = 1; block < blocks; block++) {
        if (Float.floatToRawIntBits(TernaryBlocks.scale(tensor, block)) != Float.floatToRawIntBits(first)) {
          return OptionalDouble.empty();
        }
      }
    }
    return OptionalDouble.of(first);
  }

  /**
   * How dense master weights become ternary.
   *
   * @param factor what a weight is multiplied by before it is rounded, {@code 1 / mean(|W|)}
   * @param scale what the ternary values are multiplied by, {@code 1 / factor}
   */
  public record Absmean(float factor, float scale) {}

  /**
   * The absmean rule of BitNet b1.58 for a whole matrix: the mean magnitude, summed in double precision, at least 1e-5.
   *
   * @param tensor of any type that {@link TensorDecoder} supports
   * @throws PlatformException {@code MODEL_UNSUPPORTED} for another type, {@code MODEL_INVALID} if a weight is infinite or
   *   not a number
   */
  public static Absmean absmean(Tensor tensor) {
    float[] chunk = new float[CHUNK];
    double sum = 0;
    for (long from = 0; from < tensor.elementCount(); from += CHUNK) {
      int count = (int) Math.min(CHUNK, tensor.elementCount() - from);
      TensorDecoder.decode(tensor, from, count, chunk, 0);
      for (int i = 0; i < count; i++) {
        sum += Math.abs(chunk[i]);
      }
      if (!Double.isFinite(sum)) {
        throw FormatErrors.invalid(tensor, "has a weight that is not finite among the values " + from + " to "
            + (from + count - 1));
      }
    }
    float mean = tensor.elementCount() == 0 ? 0 : (float) (sum / tensor.elementCount());
    float factor = 1f / Math.max(mean, MIN_ABSMEAN);
    return new Absmean(factor, 1f / factor);
  }

  /**
   * Rows of dense master weights made ternary: {@code clamp(rint(w * factor), -1, 1)}, half to even.
   *
   * @param tensor of any type that {@link TensorDecoder} supports
   * @param absmean of the same tensor
   * @param trits receives {@code rowCount * tensor.cols()} values from {@code offset} on
   * @throws IndexOutOfBoundsException if the rows are not all in the tensor, or do not fit into {@code trits}
   */
  public static void absmeanRows(Tensor tensor, Absmean absmean, long firstRow, int rowCount, byte[] trits,
      int offset) {
    int total = checkRows(tensor, tensor.rows(), firstRow, rowCount, trits, offset);
    float[] chunk = new float[Math.min(CHUNK, total)];
    for (int done = 0; done < total; done += CHUNK) {
      int count = Math.min(CHUNK, total - done);
      TensorDecoder.decode(tensor, firstRow * tensor.cols() + done, count, chunk, 0);
      for (int i = 0; i < count; i++) {
        trits[offset + done + i] = (byte) Math.clamp((long) Math.rint(chunk[i] * absmean.factor()), -1, 1);
      }
    }
  }

  private static void requireTernary(Tensor tensor) {
    if (!tensor.type().isTernary()) {
      throw FormatErrors.unsupported(tensor,
          "has type " + tensor.type().displayName() + ", expected a ternary type: I2_S, TQ1_0 or TQ2_0");
    }
  }

  /** Checks a range of rows and the room for it; returns the number of values. */
  private static int checkRows(Tensor tensor, long rows, long firstRow, int rowCount, byte[] trits, int offset) {
    Objects.checkFromIndexSize(firstRow, (long) rowCount, rows);
    long count = Math.multiplyExact((long) rowCount, tensor.cols());
    Objects.checkFromIndexSize((long) offset, count, (long) trits.length);
    return (int) count;
  }
}
