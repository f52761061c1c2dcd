/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import dev.trine.compute.kernel.DenseBlocks;
import dev.trine.compute.kernel.DenseType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Exact scalar dequantisation: the values that a tensor stands for, as single-precision floats. Layouts are those of ggml's
 * {@code ggml-common.h}, of bitnet.cpp's I2_S in blocks of 128 values, and of PrismML's PQ2_0.
 */
public final class TensorDecoder {

  private static final Set<TensorType> SUPPORTED = Collections
      .unmodifiableSet(Arrays.stream(TensorType.values())
          .filter(type -> type.isTernary() || type == TensorType.F64 || type.denseType().isPresent())
          .collect(Collectors.toCollection(() -> EnumSet.noneOf(TensorType.class))));

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
    Optional<DenseType> dense = tensor.type().denseType();
    if (dense.isPresent()) {
      decodeBlocks(dense.get(), tensor.data(), fromElement, count, out, outOffset);
    } else if (tensor.type().isTernary()) {
      decodeTernary(tensor, fromElement, count, out, outOffset);
    } else if (tensor.type() == TensorType.F64) {
      for (int i = 0; i < count; i++) {
        out[outOffset + i] = (float) tensor.data().get(LittleEndian.DOUBLE, (fromElement + i) * Double.BYTES);
      }
    } else {
      throw unsupported(tensor);
    }
  }

  static PlatformException unsupported(Tensor tensor) {
    return FormatErrors.unsupported(tensor,
        "has type " + tensor.type().displayName() + ", which cannot be read; supported are "
            + SUPPORTED.stream().map(TensorType::displayName).collect(Collectors.joining(", ")));
  }

  /** Whole blocks go straight to their place, parts of the first and the last by way of a copy. */
  private static void decodeBlocks(DenseType type, MemorySegment data, long from, int count, float[] out,
      int outOffset) {
    int blockSize = type.blockSize();
    float[] part = new float[blockSize];
    int done = 0;
    while (done < count) {
      long at = (from + done) / blockSize * type.blockBytes();
      int start = (int) ((from + done) % blockSize);
      int length = Math.min(blockSize - start, count - done);
      if (length == blockSize) {
        length = (count - done) / blockSize * blockSize;
        DenseBlocks.decode(type, data, at, length, out, outOffset + done);
      } else {
        DenseBlocks.decode(type, data, at, blockSize, part, 0);
        System.arraycopy(part, start, out, outOffset + done, length);
      }
      done += length;
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
