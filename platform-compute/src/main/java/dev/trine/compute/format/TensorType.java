/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.compute.kernel.DenseType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The element types of tensors, in GGUF and in safetensors. Many are known by name and layout only, so that a file that
 * holds them can be opened and described; {@link TensorDecoder#supports} tells which can be read.
 *
 * <p>A block of {@link #blockElements()} consecutive values of a row takes {@link #blockBytes()} bytes. The layouts are those
 * of ggml's {@code ggml-common.h}, of bitnet.cpp (I2_S) and of PrismML's fork (PQ2_0).
 */
public enum TensorType {
  F32(0, "F32", 1, 4),
  F16(1, "F16", 1, 2),
  BF16(30, "BF16", 1, 2),
  F64(28, "F64", 1, 8),
  F8_E4M3(Ids.NONE, "F8_E4M3", 1, 1),
  F8_E5M2(Ids.NONE, "F8_E5M2", 1, 1),
  BOOL(Ids.NONE, "BOOL", 1, 1),
  U8(Ids.NONE, "U8", 1, 1),
  I8(24, "I8", 1, 1),
  U16(Ids.NONE, "U16", 1, 2),
  I16(25, "I16", 1, 2),
  U32(Ids.NONE, "U32", 1, 4),
  I32(26, "I32", 1, 4),
  U64(Ids.NONE, "U64", 1, 8),
  I64(27, "I64", 1, 8),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  IQ1_M(29, 256, 56),
  /** Ternary, base 3, one scale per 256 values. */
  TQ1_0(34, 256, 54),
  /** Ternary, 2 bits, one scale per 256 values. */
  TQ2_0(35, 256, 66),
  /** Ternary, 2 bits, one scale for the whole tensor, which stands behind the codes in 32 bytes of its own (bitnet.cpp). */
  I2_S(36, 128, 32),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36),
  Q1_0(41, 128, 18),
  /** Two bits, groups of 64: what id 42 officially is. */
  Q2_0(42, 64, 18),
  /** Two bits, groups of 128, in files from before id 42 was settled. */
  Q2_0_G128(Ids.NONE, 128, 34),
  PQ2_0(142, 128, 34),
  /** bitnet.cpp's lookup-table layout for ARM. The tile sizes, and so the layout, are not in the file. */
  TL1(Ids.NONE, 1, 0),
  /** bitnet.cpp's lookup-table layout for x86. The tile sizes, and so the layout, are not in the file. */
  TL2(Ids.NONE, 1, 0);

  private static final int I2_S_TRAILER_BYTES = 32;
  private static final int BITNET_TL1_ID = 38;
  private static final int BITNET_TL2_ID = 39;

  private final int ggmlId;
  private final String safetensorsName;
  private final int blockElements;
  private final int blockBytes;

  TensorType(int ggmlId, String safetensorsName, int blockElements, int blockBytes) {
    this.ggmlId = ggmlId;
    this.safetensorsName = safetensorsName;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  TensorType(int ggmlId, int blockElements, int blockBytes) {
    this(ggmlId, "", blockElements, blockBytes);
  }

  /**
   * The type with this id in a GGUF file. bitnet.cpp uses ids 38 and 39 for TL1 and TL2, and 39 is MXFP4 elsewhere, so that
   * the model's architecture decides.
   *
   * @param ggmlId the id as the file has it
   * @param architecture value of {@code general.architecture}; empty when the file has none
   * @return empty for an id that no known program writes
   */
  public static Optional<TensorType> ofGgmlId(int ggmlId, String architecture) {
    if (architecture.toLowerCase(Locale.ROOT).startsWith("bitnet")) {
      if (ggmlId == BITNET_TL1_ID) {
        return Optional.of(TL1);
      }
      if (ggmlId == BITNET_TL2_ID) {
        return Optional.of(TL2);
      }
    }
    return ggmlId < 0 ? Optional.empty() : Arrays.stream(values()).filter(type -> type.ggmlId == ggmlId).findFirst();
  }

  /** The type with this {@code dtype} in a safetensors header; empty for a name that is not known. */
  public static Optional<TensorType> ofSafetensorsName(String dtype) {
    return dtype.isEmpty()
        ? Optional.empty()
        : Arrays.stream(values()).filter(type -> type.safetensorsName.equals(dtype)).findFirst();
  }

  /** The name that people use for the type. */
  public String displayName() {
    return this == Q2_0_G128 ? "Q2_0 in groups of 128" : name();
  }

  /** Number of values in one block; 1 for plain types. */
  public int blockElements() {
    return blockElements;
  }

  /** Bytes of one block; 0 when a file of this type does not tell its layout (TL1, TL2). */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether the layout, and so the size of a tensor, is known. */
  public boolean hasKnownLayout() {
    return blockBytes > 0;
  }

  /** Whether values are -1, 0 and +1 times a scale, in a form that {@link TernaryCodes#rows} reads. */
  public boolean isTernary() {
    return this == I2_S || this == TQ1_0 || this == TQ2_0;
  }

  /** How kernels know matrices of this type, which they multiply as they are stored; empty for types that they do not. */
  public Optional<DenseType> denseType() {
    return switch (this) {
      case F32 -> Optional.of(DenseType.F32);
      case F16 -> Optional.of(DenseType.F16);
      case BF16 -> Optional.of(DenseType.BF16);
      case Q8_0 -> Optional.of(DenseType.Q8_0);
      case Q4_0 -> Optional.of(DenseType.Q4_0);
      case Q4_1 -> Optional.of(DenseType.Q4_1);
      case Q5_0 -> Optional.of(DenseType.Q5_0);
      case Q5_1 -> Optional.of(DenseType.Q5_1);
      case Q4_K -> Optional.of(DenseType.Q4_K);
      case Q5_K -> Optional.of(DenseType.Q5_K);
      case Q6_K -> Optional.of(DenseType.Q6_K);
      case Q1_0 -> Optional.of(DenseType.Q1_0);
      case Q2_0 -> Optional.of(DenseType.Q2_0);
      case Q2_0_G128, PQ2_0 -> Optional.of(DenseType.PQ2_0);
      default -> Optional.empty();
    };
  }

  /**
   * Size in bytes of a tensor with this many values.
   *
   * @param elements number of values, a multiple of {@link #blockElements()}
   * @throws IllegalArgumentException if there is no such tensor: a part of a block, or an unknown layout
   * @throws ArithmeticException if the size does not fit 63 bits
   */
  public long byteSize(long elements) {
    if (!hasKnownLayout() || elements < 0 || elements % blockElements != 0) {
      throw new IllegalArgumentException("no tensor of type " + displayName() + " has " + elements + " values");
    }
    long bytes = Math.multiplyExact(elements / blockElements, (long) blockBytes);
    return this == I2_S ? Math.addExact(bytes, (long) I2_S_TRAILER_BYTES) : bytes;
  }

  /** Constants that enum constants may use. */
  private static final class Ids {
    static final int NONE = -1;

    private Ids() {}
  }
}
